import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readCsvFile } from './table-files.ts'
import { verticalExample, verticalExampleNames } from './vertical-examples.ts'

describe.each(verticalExampleNames)('%s, split by columns', (name) => {
  const { tables, rows } = verticalExample(name)

  it('is the file that the README names', async () => {
    const readme = await readFile(new URL('../fixtures/vertical/README.md', import.meta.url), 'utf8')
    for (const { path } of tables) {
      expect(readme).toContain(basename(path))
      expect(readme).toContain(
        createHash('sha256')
          .update(await readFile(path))
          .digest('hex'),
      )
    }
  })

  it('has all its rows, one for each id, and one table with the label', async () => {
    expect(tables.map(({ labelColumn }) => labelColumn !== null)).toEqual([false, true])
    for (const { path, idColumn, labelColumn } of tables) {
      const feature = name === 'diabetes' ? (labelColumn === null ? 'bmi' : 's5') : 'x0'
      const table = await readCsvFile(path, {
        task: 'regression',
        id: idColumn,
        features: [{ name: feature, type: 'number' }],
        label: labelColumn === null ? null : { name: labelColumn, type: 'number' },
      })
      expect(new Set(table.ids).size).toBe(rows)
      expect(table).toMatchObject({ dataset: { count: rows } })
    }
  })
})
