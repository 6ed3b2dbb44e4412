import fc from 'fast-check'
import Papa from 'papaparse'
import { describe, expect, it } from 'vitest'
import { readCsvText } from './csv.ts'
import { describeCsv } from './csv-description.ts'
import type { TableSchema } from './schema.ts'
import { suggestLabel, suggestSchema } from './suggest-schema.ts'

const LONG = 'x'.repeat(201)
const delimiters: TableSchema['delimiter'][] = [',', ';', '\t', '|']

/** Reads a file as a person does who changes nothing of what is suggested. */
async function readAsSuggested(csv: string) {
  const description = await describeCsv(csv, ',')
  const suggestion = suggestSchema(description, suggestLabel(description) ?? '')
  if (suggestion === null) throw new Error('nothing was suggested')
  const { columns } = await readCsvText(csv, suggestion.schema)
  return { label: suggestion.schema.label, columns, unused: suggestion.unused }
}

const classes = { name: 'class', type: 'category', categories: ['no', 'yes'] }

describe('a suggested schema', () => {
  it.each([
    ['a first column without a name, as of pandas', ',age,class\n0,40,no\n1,50,yes\n', ['age'], ['']],
    ['a last column without a name', 'age,class,\n40,no,\n50,yes,\n', ['age'], ['']],
    ['hexadecimal numbers', 'code,age,class\n0x1F,40,no\n0x20,50,yes\n', ['age', 'code=0x1F', 'code=0x20'], []],
    ['numbers beyond 32 bits', 'big,age,class\n3.5e38,40,no\n1,50,yes\n', ['age', 'big=1', 'big=3.5e38'], []],
    ['the largest numbers of 32 bits', 'big,age,class\n3.4e38,40,no\n1,50,yes\n', ['age', 'big'], []],
    ['infinity', 'x,age,class\n-Infinity,40,no\n1,50,yes\n', ['age', 'x=-Infinity', 'x=1'], []],
    ['a long text', `note,age,class\n${LONG},40,no\nb,50,yes\n`, ['age'], ['note']],
    ['a long name', `${LONG},age,class\n1,40,no\n2,50,yes\n`, ['age'], [LONG]],
  ])('reads a file with %s', async (_, csv, columns, unused) => {
    expect(await readAsSuggested(csv)).toEqual({ label: classes, columns, unused })
  })

  it.each([
    ['hexadecimal numbers', 'age,class\n40,0x0\n50,0x1\n', { ...classes, categories: ['0x0', '0x1'] }],
    ['a long whole number', `age,class\n40,${'0'.repeat(201)}\n50,1\n`, { name: 'class', type: 'number' }],
    ['the last column but one, as the last has no name', 'age,bmi,\n40,20.5,a\n50,30.5,b\n', { name: 'bmi', type: 'number' }],
    [
      'the last column but one, as the last has long texts',
      `age,bmi,x\n40,20.5,${LONG}\n50,30.5,b\n`,
      { name: 'bmi', type: 'number' },
    ],
  ])('learns %s', async (_, csv, label) => {
    expect((await readAsSuggested(csv)).label).toEqual(label)
  })

  it('reads any table without empty cells, whatever its names and texts, and whichever column is learned', async () => {
    const numbers = fc.oneof(fc.constantFrom('0', '1', '2', '.5', '5.', '+1'), fc.integer().map(String), fc.double().map(String))
    const notNumbers = fc.constantFrom('0x1F', '0b1', '1e39', '-3.5e38', 'NaN', 'Infinity', '1_000', '٣', '1,5')
    const marks = fc.constantFrom('a', '"', ',', ';', '\t', '|', '\n', '\r', ' ', '\uD83D', '\uFEFF', '\u0000')
    const texts = fc.oneof(fc.string({ unit: 'binary', maxLength: 4 }), fc.string({ unit: marks, maxLength: 20 }))
    const longTexts = fc.string({ minLength: 199, maxLength: 203 })
    /** Columns of one kind of cell, and mixed ones. */
    const kinds = fc.constantFrom(
      fc.constantFrom('0', '1'),
      numbers,
      fc.oneof(numbers, notNumbers),
      texts,
      longTexts,
      fc.oneof(numbers, texts, longTexts),
    )
    const name = fc.oneof(
      fc.constantFrom('', 'id', 'class', 'y', '__proto__', 'constructor', LONG),
      fc.string({ maxLength: 3 }),
      fc.string({ unit: 'binary', maxLength: 3 }),
    )
    const trimmed = (text: string) => text.replace(/\r\n?/g, '\n').trim()
    const table = fc.uniqueArray(fc.record({ name, cell: kinds }), {
      selector: (column) => trimmed(column.name),
      minLength: 2,
      maxLength: 5,
    })
    const filled = table.chain((columns) =>
      fc.record({
        names: fc.constant(columns.map((column) => column.name)),
        rows: fc.array(fc.tuple(...columns.map(({ cell }) => cell.filter((text) => trimmed(text) !== ''))), {
          minLength: 1,
          maxLength: 5,
        }),
        delimiter: fc.constantFrom(...delimiters),
      }),
    )
    let suggested = 0
    await fc.assert(
      fc.asyncProperty(filled, async ({ names, rows, delimiter }) => {
        const csv = Papa.unparse([names, ...rows], { delimiter })
        const description = await describeCsv(csv, delimiter)
        for (const label of description.columns.map((column) => column.name)) {
          const suggestion = suggestSchema(description, label)
          if (suggestion === null) continue
          suggested++
          const { dataset } = await readCsvText(csv, suggestion.schema)
          expect(dataset.count).toBe(rows.length)
          expect(dataset.features.every(Number.isFinite)).toBe(true)
        }
      }),
      { numRuns: 300, seed: 6 },
    )
    expect(suggested).toBeGreaterThan(100)
  })
})
