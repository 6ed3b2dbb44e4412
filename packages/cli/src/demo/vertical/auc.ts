/**
 * Area under the ROC curve: the share of pairs of a positive and a negative row that the score puts in order, ties half (Mann and
 * Whitney's U over the number of pairs; Hanley and McNeil 1982).
 * @param positive true for rows of the class that high scores mean
 * @throws RangeError when one class is empty
 */
export function areaUnderCurve(scores: ArrayLike<number>, positive: readonly boolean[]): number {
  const order = positive.map((_, row) => row).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0))
  const positives = positive.filter(Boolean).length
  const negatives = positive.length - positives
  if (positives === 0 || negatives === 0) throw new RangeError('one class is empty')
  let rankSum = 0
  for (let from = 0; from < order.length; ) {
    let to = from
    while (to < order.length && scores[order[to] ?? 0] === scores[order[from] ?? 0]) to += 1
    // Ranks from + 1 … to, each row of a tie gets their mean.
    const rank = (from + 1 + to) / 2
    for (let place = from; place < to; place += 1) if (positive[order[place] ?? 0]) rankSum += rank
    from = to
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives)
}
