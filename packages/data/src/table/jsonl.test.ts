import { TributaryError } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { readCsvText } from './csv.ts'
import { readJsonlText } from './jsonl.ts'
import type { TableSchemaInput } from './schema.ts'
import { MAX_ROW_CHARACTERS } from './text-source.ts'

const schema = {
  task: 'classification',
  features: [
    { name: 'age', type: 'number' },
    { name: 'ward', type: 'category', categories: ['1', '2'] },
  ],
  label: { name: 'ill', type: 'category', categories: ['false', 'true'] },
  id: 'id',
} as const satisfies TableSchemaInput

const good = '{"id":7,"age":1.5,"ward":2,"ill":true,"more":[1]}'

describe('readJsonlText', () => {
  it('reads what CSV reads', async () => {
    const table = await readJsonlText(`\uFEFF${good}\r\n\n{"ill":"false","ward":"1","age":-20,"id":"b"}`, schema)
    expect(table.dataset.features).toEqual(Float32Array.of(1.5, 0, 1, -20, 1, 0))
    expect(table.ids).toEqual(['7', 'b'])
    expect(await readCsvText('id,age,ward,ill\n7,1.5,2,true\nb,-20,1,false\n', schema)).toEqual(table)
  })

  it('reads the same from single characters', async () => {
    async function* characters() {
      yield* `${good}\r\n${good.replace('7', '"é😀"')}\r\n`
    }
    expect((await readJsonlText(characters(), schema)).ids).toEqual(['7', 'é😀'])
  })

  it.each([
    ['an empty file', '', 1, 'age', 'found the end of the file, expected at least one row of data'],
    ['text', `${good}\n\nage=1\n`, 3, '-', 'found text that is not JSON, expected a JSON object'],
    ['a list', '[1,2]', 1, '-', 'found a JSON value that is not an object'],
    ['null', 'null', 1, '-', 'found a JSON value that is not an object'],
    ['a missing key', '{"id":7,"ward":2,"ill":true}', 1, 'age', 'found an empty cell, expected a number'],
    ['null for a number', good.replace('1.5', 'null'), 1, 'age', 'found an empty cell, expected a number'],
    ['text for a number', good.replace('1.5', '"1.5"'), 1, 'age', 'found "1.5", expected a number'],
    ['a number beyond doubles', good.replace('1.5', '1e999'), 1, 'age', 'found Infinity, expected a number that 32-bit'],
    ['an unknown category', good.replace('2', '3'), 1, 'ward', 'found 3, expected one of "1", "2"'],
    ['a list for a category', good.replace('2', '[2]'), 1, 'ward', 'found [2], expected one of "1", "2"'],
    ['an object for an id', good.replace('7', '{}'), 1, 'id', 'found a list or an object, expected an id'],
    ['an id twice', `${good}\n${good.replace('7', '"7"')}`, 2, 'id', 'found the id of row 1 again'],
    ['a key of every object', '{"id":7,"ward":2,"ill":true,"__proto__":{"age":1}}', 1, 'age', 'found an empty cell'],
  ])('refuses %s, naming line and column', async (_, text, row, column, reason) => {
    const error = await readJsonlText(text, schema, 'rows.jsonl').catch((thrown: unknown) => thrown)
    if (!(error instanceof TributaryError)) throw new Error(`expected a refusal, got ${error}`)
    expect(error.code).toBe('data_invalid')
    expect(error.message).toContain(`rows.jsonl, row ${row}, column ${column}: ${reason}`)
  })

  it('stops at a line without an end', async () => {
    async function* endless() {
      yield `${good}\n`
      for (let i = 0; i < 100; i++) yield 'x'.repeat(MAX_ROW_CHARACTERS / 10)
    }
    await expect(readJsonlText(endless(), schema)).rejects.toThrow(/row 2, column -: found a line of more than/)
  })
})
