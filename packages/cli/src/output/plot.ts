export interface PlotPoint {
  readonly x: number
  readonly y: number
}

export interface PlotOptions {
  readonly width?: number
  readonly height?: number
  /** How a value of the y axis reads. */
  readonly label: (y: number) => string
  readonly xTitle: string
}

/**
 * Lines of a small plot of points in rising order of x, highest value on top; points that share a column keep the last.
 * Empty without points.
 */
export function plot(points: readonly PlotPoint[], { width = 60, height = 8, label, xTitle }: PlotOptions): string[] {
  const first = points[0]
  const last = points.at(-1)
  if (first === undefined || last === undefined) return []
  const low = Math.min(...points.map(({ y }) => y))
  const high = Math.max(...points.map(({ y }) => y))
  const place = (value: number, from: number, to: number, steps: number) =>
    to === from ? 0 : Math.round(((value - from) / (to - from)) * (steps - 1))
  const columns = Math.min(width, Math.max(points.length, Math.min(width, points.length * 3)))
  const rows = Array.from({ length: height }, () => new Array<string>(columns).fill(' '))
  const heights = new Map(points.map(({ x, y }) => [place(x, first.x, last.x, columns), place(y, low, high, height)]))
  for (const [column, level] of heights) {
    const row = rows[height - 1 - level]
    if (row) row[column] = '●'
  }
  const labels = rows.map((_, row) => (row === 0 ? label(high) : row === height - 1 && high !== low ? label(low) : ''))
  const margin = Math.max(...labels.map((text) => text.length))
  const ends = `${first.x}`.padEnd(Math.max(columns - `${last.x}`.length, `${first.x}`.length + 1)) + last.x
  return [
    ...rows.map((row, i) => `${(labels[i] ?? '').padStart(margin)} ┤${row.join('').trimEnd()}`),
    `${' '.repeat(margin)} └${'─'.repeat(columns)}`,
    `${' '.repeat(margin)}  ${points.length === 1 ? first.x : ends}  ${xTitle}`,
  ]
}
