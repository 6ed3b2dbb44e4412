/** Where a line is drawn to; a Path2D is one. */
export interface Pen {
  moveTo(x: number, y: number): void
  lineTo(x: number, y: number): void
}

export interface ThinLine {
  readonly x: ArrayLike<number>
  readonly y: ArrayLike<number | null | undefined>
  /** First and last index that is drawn. */
  readonly from: number
  readonly to: number
  readonly toColumn: (x: number) => number
  readonly toRow: (y: number) => number
  /** Draws over places without a value. */
  readonly spansGaps: boolean
}

/**
 * A line of more points than there are pixels: of the points in one column of pixels the lowest and the highest, in their order, so that
 * no spike is lost; what goes on in one row is a single stroke. A curve of n points costs at most two strokes a column.
 */
export function drawThin(pen: Pen, { x, y, from, to, toColumn, toRow, spansGaps }: ThinLine): void {
  let column = Number.NaN
  let first = 0
  let second = 0
  let isRising = true
  let isEmpty = true
  let isOpen = false
  let lastColumn = 0
  let lastRow = Number.NaN
  let isWaiting = false

  const draw = (row: number) => {
    if (!isOpen) {
      pen.moveTo(column, row)
      isOpen = true
    } else if (row === lastRow) {
      isWaiting = true
      lastColumn = column
      return
    } else {
      if (isWaiting) pen.lineTo(lastColumn, lastRow)
      pen.lineTo(column, row)
    }
    isWaiting = false
    lastColumn = column
    lastRow = row
  }
  const endColumn = () => {
    if (isEmpty) return
    draw(toRow(first))
    if (second !== first) draw(toRow(second))
    isEmpty = true
  }
  const endLine = () => {
    if (isWaiting) pen.lineTo(lastColumn, lastRow)
    isWaiting = false
    isOpen = false
  }

  for (let at = from; at <= to; at += 1) {
    const value = y[at]
    if (value == null) {
      if (value === undefined || spansGaps) continue
      endColumn()
      endLine()
      continue
    }
    const own = toColumn(x[at] ?? 0)
    if (isEmpty || own !== column) {
      endColumn()
      column = own
      first = value
      second = value
      isEmpty = false
      continue
    }
    // `first` and `second` are the extremes, in the order in which they came.
    const low = isRising ? first : second
    const high = isRising ? second : first
    if (first === second ? value > first : value > high) {
      first = low
      second = value
      isRising = true
    } else if (first === second ? value < first : value < low) {
      first = high
      second = value
      isRising = false
    }
  }
  endColumn()
  endLine()
}
