export interface TableColumn {
  readonly title: string
  /** Numbers read best from the right. */
  readonly align?: 'left' | 'right'
  /** Places that the column takes at least: rows printed one by one stay under their titles. */
  readonly width?: number
}

/** Places of a text on a terminal: East Asian wide letters take two. */
export const textWidth = (text: string): number =>
  [...text].reduce(
    (width, letter) =>
      width +
      (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u.test(letter) ? 2 : 1),
    0,
  )

/** Lines of a table: titles, a rule, the rows; two spaces between columns and none at a line's end. */
export function formatTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ title, width = 0 }, place) =>
    Math.max(width, textWidth(title), ...rows.map((row) => textWidth(row[place] ?? ''))),
  )
  const line = (cells: readonly string[]) => joinCells(columns, widths, cells)
  return [line(columns.map(({ title }) => title)), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)]
}

/** One row for a table whose rows come over time; the widths are those of the titles and columns alone. */
export const formatRow = (columns: readonly TableColumn[], cells: readonly string[]): string =>
  joinCells(
    columns,
    columns.map(({ title, width = 0 }) => Math.max(width, textWidth(title))),
    cells,
  )

function joinCells(columns: readonly TableColumn[], widths: readonly number[], cells: readonly string[]): string {
  const padded = columns.map(({ align = 'left' }, place) => {
    const cell = cells[place] ?? ''
    const space = ' '.repeat(Math.max(0, (widths[place] ?? 0) - textWidth(cell)))
    return align === 'right' ? space + cell : cell + space
  })
  return padded.join('  ').trimEnd()
}
