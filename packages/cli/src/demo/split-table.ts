import { formatTable } from '../output/table.ts'

/** How the rows of each class lie at the institutions. */
export function splitTable(names: readonly string[], counts: readonly (readonly number[])[]): string[] {
  const classes = counts[0]?.length ?? 0
  const columns = [
    { title: 'institution' },
    ...Array.from({ length: classes }, (_, digit) => ({ title: `${digit}`, align: 'right' as const, width: 5 })),
    { title: 'rows', align: 'right' as const, width: 6 },
  ]
  const rows = counts.map((perClass, place) => [
    names[place] ?? '',
    ...perClass.map(String),
    String(perClass.reduce((sum, count) => sum + count, 0)),
  ])
  return formatTable(columns, rows)
}
