/** Indices that were seen: all below `below`, and those of `beyond` (ascending). Small when they come nearly in order. */
export interface IndexSet {
  readonly below: number
  readonly beyond: readonly number[]
}

export const NO_INDICES: IndexSet = { below: 0, beyond: [] }

export const hasIndex = ({ below, beyond }: IndexSet, index: number): boolean => index < below || beyond.includes(index)

/** The set with `index`, too. */
export function withIndex(set: IndexSet, index: number): IndexSet {
  if (hasIndex(set, index)) return set
  const beyond = [...set.beyond, index].sort((a, b) => a - b)
  let { below } = set
  while (beyond[0] === below) {
    beyond.shift()
    below += 1
  }
  return { below, beyond }
}

/** Whether 0 … count − 1 are all in. */
export const isFull = (set: IndexSet, count: number): boolean => set.below >= count
