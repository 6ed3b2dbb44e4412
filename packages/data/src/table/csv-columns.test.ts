import { describe, expect, it } from 'vitest'
import { readCsvColumns } from './csv-columns.ts'

describe('columns of a CSV file', () => {
  it('are doubles, with ids and rows beside them', async () => {
    const table = await readCsvColumns('name, age,bmi\r\nann,0.1,2e3\r\n\r\n 007 ,-3,16777217\r\n', { id: 'name' })
    expect(table).toEqual({
      ids: ['ann', '007'],
      rows: [2, 4],
      names: ['age', 'bmi'],
      columns: [Float64Array.of(0.1, -3), Float64Array.of(2000, 16_777_217)],
    })
  })

  it.each([
    ['id,a\nx,1\ny,\n', 3, 'a', 'an empty cell'],
    ['id,a\nx,one\n', 2, 'a', '"one"'],
    ['id,a\nx,NaN\n', 2, 'a', '"NaN"'],
    ['id,a\n,1\n', 2, 'id', 'an empty cell'],
    ['a,b\n1,2\n', 1, 'id', 'only the columns a, b'],
    ['id,a\n', 2, 'id', 'the end of the file'],
  ])('are refused with row and column: %j', async (text, row, column, found) => {
    await expect(readCsvColumns(text, { id: 'id' })).rejects.toMatchObject({
      code: 'data_invalid',
      details: { row, column, found },
    })
  })

  it('names a column that is needed and missing', async () => {
    await expect(readCsvColumns('id,a\nx,1\n', { id: 'id', needed: ['label'] })).rejects.toMatchObject({
      details: { row: 1, column: 'label' },
    })
  })
})
