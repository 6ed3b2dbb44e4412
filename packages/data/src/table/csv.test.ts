import { TributaryError } from '@tributary/protocol'
import fc from 'fast-check'
import Papa from 'papaparse'
import { describe, expect, it } from 'vitest'
import { readCsvText } from './csv.ts'
import type { TableSchemaInput } from './schema.ts'
import { MAX_ROW_CHARACTERS, type TextSource } from './text-source.ts'

const schema = {
  task: 'classification',
  features: [
    { name: 'age', type: 'number' },
    { name: 'sex', type: 'category', categories: ['f', 'm'] },
  ],
  label: { name: 'ill', type: 'category', categories: ['no', 'yes'] },
  id: 'id',
} as const satisfies TableSchemaInput

const HEADER = 'id,age,sex,ill\n'

async function refusal(text: TextSource, other: TableSchemaInput = schema): Promise<TributaryError> {
  const error = await readCsvText(text, other, 'patients.csv').then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof TributaryError)) throw new Error(`expected a refusal, got ${error}`)
  return error
}

describe('readCsvText', () => {
  it('reads numbers, categories, labels and ids', async () => {
    const table = await readCsvText(`${HEADER}a,1.5,f,no\nb,-2e1,m,yes\n`, schema)
    expect(table).toEqual({
      dataset: {
        features: Float32Array.of(1.5, 1, 0, -20, 0, 1),
        featureShape: [3],
        labels: Float32Array.of(0, 1),
        count: 2,
        classes: 2,
      },
      ids: ['a', 'b'],
      columns: ['age', 'sex=f', 'sex=m'],
      classNames: ['no', 'yes'],
    })
  })

  it.each([
    ['a byte order mark and CRLF', '\uFEFFid,age,sex,ill\r\na,1.5,f,no\r\n'],
    ['no line end at the end', 'id,age,sex,ill\na,1.5,f,no'],
    ['line ends of old Macs', 'id,age,sex,ill\ra,1.5,f,no\r'],
    ['mixed line ends', 'id,age,sex,ill\r\na,1.5,f,no\n'],
    ['quoted cells', '"id","age","sex","ill"\r\n"a","1.5","f","no"\r\n'],
    ['outer spaces', 'id, age ,sex,ill\n a ,1.5 , f,no\n'],
    ['blank lines', '\nid,age,sex,ill\n\n  \na,1.5,f,no\n\n\n'],
    ['columns in another order, and one more', 'ill,extra,sex,age,id\nno,"x, y",f,1.5,a\n'],
  ])('reads a file with %s', async (_, text) => {
    const { dataset, ids } = await readCsvText(text, schema)
    expect([[...dataset.features], [...dataset.labels], ids]).toEqual([[1.5, 1, 0], [0], ['a']])
  })

  it('keeps commas, quotes and line breaks of quoted cells', async () => {
    const { ids } = await readCsvText(`${HEADER}"a, ""b""\r\nc",1,f,no\n`, schema)
    expect(ids).toEqual(['a, "b"\nc'])
  })

  it('takes another delimiter, and a regression target', async () => {
    const regression = {
      task: 'regression',
      features: [{ name: 'x', type: 'number' }],
      label: { name: 'y', type: 'number' },
    } as const
    const table = await readCsvText('x;y\n1;0.25\n', { ...regression, delimiter: ';' })
    expect(table.dataset).toMatchObject({ labels: Float32Array.of(0.25), classes: null })
    expect([table.ids, table.classNames]).toEqual([null, null])
  })

  it('marks rows without a label as such', async () => {
    const { dataset } = await readCsvText(`${HEADER}a,1,f,anything\n`, { ...schema, label: null })
    expect([[...dataset.labels], dataset.classes]).toEqual([[Number.NaN], null])
  })

  it('reads the same from any pieces of the text', async () => {
    const cell = fc.string({ unit: fc.constantFrom('x', 'é', '"', ',', '\n', '\r\n', ' ', '😀'), maxLength: 6 })
    const rows = fc.array(fc.record({ name: cell, age: fc.integer() }), { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.array(fc.nat(), { maxLength: 12 }),
        fc.constantFrom('\n', '\r\n'),
        async (rows, cuts, newline) => {
          const named = rows.map(({ name, age }, i) => ({ id: `${i}${name}`, age, sex: 'm', ill: 'yes' }))
          const text = Papa.unparse(named, { newline })
          const places = [...new Set([0, ...cuts.map((at) => at % text.length), text.length])].sort((a, b) => a - b)
          const pieces = places.slice(1).map((to, i) => text.slice(places[i], to))
          const stream = new ReadableStream<string>({
            start(controller) {
              for (const piece of pieces) controller.enqueue(piece)
              controller.close()
            },
          })
          const table = await readCsvText(stream, schema)
          expect(table.ids).toEqual(named.map(({ id }) => id.replace(/\r\n/g, '\n').trim()))
          expect([...table.dataset.features].filter((_, i) => i % 3 === 0)).toEqual(named.map(({ age }) => Math.fround(age)))
          async function* iterable() {
            yield* pieces
          }
          expect(await readCsvText(iterable(), schema)).toEqual(table)
        },
      ),
      { seed: 5 },
    )
  })

  it.each([
    ['an empty file', '', 1, '-', 'found an empty file, expected a header'],
    ['a file of blank lines', '\n\n', 1, '-', 'found an empty file'],
    ['a header alone', HEADER, 2, 'age', 'found the end of the file, expected at least one row of data'],
    ['a missing column', 'id,age,ill\na,1,no\n', 1, 'sex', 'found only the columns id, age, ill, expected a column of this name'],
    ['a name twice', 'id,age,sex,ill,age\na,1,f,no,2\n', 1, 'age', 'found the name "age" twice, expected each column once'],
    ['an empty cell', `${HEADER}a,,f,no\n`, 2, 'age', 'found an empty cell, expected a number'],
    ['an empty category', `${HEADER}a,1, ,no\n`, 2, 'sex', 'found an empty cell, expected one of "f", "m"'],
    ['an empty id', `${HEADER},1,f,no\n`, 2, 'id', 'found an empty cell, expected an id'],
    ['text for a number', `${HEADER}a,old,f,no\n`, 2, 'age', 'found "old", expected a number'],
    ['a decimal comma', `${HEADER}a,"1,5",f,no\n`, 2, 'age', 'found "1,5", expected a number'],
    ['a hexadecimal number', `${HEADER}a,0x10,f,no\n`, 2, 'age', 'found "0x10", expected a number'],
    ['NaN', `${HEADER}a,NaN,f,no\n`, 2, 'age', 'found "NaN", expected a finite number'],
    ['infinity', `${HEADER}a,-inf,f,no\n`, 2, 'age', 'found "-inf", expected a finite number'],
    ['a number beyond 32 bits', `${HEADER}a,1e39,f,no\n`, 2, 'age', 'expected a number that 32-bit floats can hold'],
    ['an unknown category', `${HEADER}a,1,F,no\n`, 2, 'sex', 'found "F", expected one of "f", "m"'],
    ['an unknown label', `${HEADER}a,1,f,maybe\n`, 2, 'ill', 'found "maybe", expected one of "no", "yes"'],
    ['an id twice', `${HEADER}a,1,f,no\n\na,2,m,no\n`, 4, 'id', 'found the id of row 2 again, expected an id of its own'],
    ['a short row', `${HEADER}a,1,f,no\nb,1,f\n`, 3, 'ill', 'found 3 cells in the row, expected 4, as in the header'],
    ['a long row', `${HEADER}a,1,f,no,5\n`, 2, 'number 5', 'found 5 cells in the row, expected 4, as in the header'],
    ['a quote that stays open', `${HEADER}a,1,f,no\n"b,1,f,no\n`, 3, '-', 'found a quote that is never closed'],
    ['text after a quote', `${HEADER}"a"b,1,f,no\n`, 2, '-', 'found text after a closing quote'],
    ['an open quote in the header', '"id,age,sex,ill\na,1,f,no\n', 1, '-', 'found a quote that is never closed'],
    ['a row after a cell of two lines', `${HEADER}"a\nb",1,f,no\nc,x,f,no\n`, 3, 'age', 'found "x"'],
  ])('refuses %s, naming row and column', async (_, text, row, column, reason) => {
    const error = await refusal(text)
    expect(error.code).toBe('data_invalid')
    expect(error.details).toMatchObject({ file: 'patients.csv', row, column })
    expect(error.message).toContain(`patients.csv, row ${row}, column ${column}: `)
    expect(error.message).toContain(reason)
  })

  it('refuses an empty cell of a single column, but not the end of the file', async () => {
    const single = { task: 'regression', features: [{ name: 'x', type: 'number' }], label: null } as const
    expect((await readCsvText('x\n1\n2\n', single)).dataset.count).toBe(2)
    expect((await refusal('x\n1\n\n2\n', single)).details).toMatchObject({ row: 3, column: 'x', found: 'an empty cell' })
  })

  it('collects the problems: the first in the message, all in the details', async () => {
    const error = await refusal(`${HEADER}a,x,f,no\nb,1,q,no\nb,2,f,perhaps\n`)
    expect(error.message).toContain('row 2, column age: found "x", expected a number (the first of 4 problems)')
    expect(error.details).toMatchObject({ count: 4, row: 2, column: 'age', found: '"x"', expected: 'a number' })
    expect(error.details.problems).toEqual([
      'row 2, column age: found "x", expected a number',
      'row 3, column sex: found "q", expected one of "f", "m"',
      'row 4, column ill: found "perhaps", expected one of "no", "yes"',
      'row 4, column id: found the id of row 3 again, expected an id of its own',
    ])
  })

  it('stops at 20 problems, without reading the rest', async () => {
    let pieces = 0
    async function* endless() {
      yield HEADER
      for (; pieces < 1_000; pieces++) yield `${pieces},x,f,no\n`
    }
    const error = await refusal(endless())
    expect(error.message).toContain('(the first of at least 20 problems)')
    expect(error.details.problems).toHaveLength(20)
    expect(pieces).toBeLessThan(30)
  })

  it('stops at a quote that swallows the file', async () => {
    async function* swallowed() {
      yield `${HEADER}"a`
      for (let i = 0; i < 100; i++) yield ',1,f,no\n'.repeat(16_384)
    }
    const error = await refusal(swallowed())
    expect(error.message).toContain(`row 2, column -: found a row of more than ${MAX_ROW_CHARACTERS} characters`)
  })

  it('does not repeat ids in problems, and cuts long cells', async () => {
    const error = await refusal(`${HEADER}anna-example,1,f,no\nanna-example,${'9x'.repeat(50)},f,no\n`)
    expect(JSON.stringify(error.details)).not.toContain('anna')
    expect(String(error.details.found).length).toBeLessThanOrEqual(40)
  })

  it('refuses a schema that is wrong', async () => {
    expect((await refusal(HEADER, { ...schema, features: [] })).code).toBe('config_invalid')
  })

  it('passes on what the stream throws', async () => {
    async function* broken() {
      yield HEADER
      throw new Error('the disk is gone')
    }
    await expect(readCsvText(broken(), schema)).rejects.toThrow('the disk is gone')
  })
})
