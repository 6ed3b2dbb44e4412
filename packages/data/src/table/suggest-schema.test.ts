import Papa from 'papaparse'
import { describe, expect, it } from 'vitest'
import { readCsvText } from './csv.ts'
import { describeCsv, guessDelimiter, MAX_CATEGORIES } from './csv-description.ts'
import { MAX_FEATURES } from './schema.ts'
import { suggestLabel, suggestSchema } from './suggest-schema.ts'

const TABLE = `patient_id;age;sex;grade;comment;class
p1; 40 ;f;2;fine;ill
p2;51.5;m;10;"well; so far";well
p3;-3e1;f;2;;well
`

describe('a CSV file that nobody described', () => {
  it.each([
    ['a,b,c', ','],
    ['a;b,5;c', ';'],
    ['a\tb', '\t'],
    ['a|b|c\nx,y,z,w', '|'],
    ['one', ','],
  ])('guesses the delimiter of %j', (header, delimiter) => {
    expect(guessDelimiter(header)).toBe(delimiter)
  })

  it('tells numbers from categories, counts what is empty, and sorts numbers as numbers', async () => {
    const { rows, columns, preview } = await describeCsv(TABLE, ';')
    expect(rows).toBe(3)
    expect(columns).toEqual([
      { name: 'patient_id', numeric: false, values: ['p1', 'p2', 'p3'], empty: 0 },
      { name: 'age', numeric: true, values: ['-3e1', '40', '51.5'], empty: 0 },
      { name: 'sex', numeric: false, values: ['f', 'm'], empty: 0 },
      { name: 'grade', numeric: true, values: ['2', '10'], empty: 0 },
      { name: 'comment', numeric: false, values: ['fine', 'well; so far'], empty: 1 },
      { name: 'class', numeric: false, values: ['ill', 'well'], empty: 0 },
    ])
    expect(preview[1]).toEqual(['p2', '51.5', 'm', '10', 'well; so far', 'well'])
  })

  it('suggests a schema by which the file can be read', async () => {
    const csv = TABLE.replaceAll('fine', '').replaceAll('"well; so far"', '')
    const description = await describeCsv(csv, ';')
    expect(suggestLabel(description)).toBe('class')
    const suggestion = suggestSchema(description, 'class')
    expect(suggestion?.unused).toEqual(['patient_id', 'comment'])
    if (suggestion === null) throw new Error('nothing was suggested')
    const { dataset, columns, classNames } = await readCsvText(csv, suggestion.schema)
    expect(columns).toEqual(['age', 'grade', 'sex=f', 'sex=m'])
    expect(classNames).toEqual(['ill', 'well'])
    expect([...dataset.features]).toEqual([40, 2, 1, 0, 51.5, 10, 0, 1, -30, 2, 1, 0])
    expect([...dataset.labels]).toEqual([0, 1, 1])
  })

  it('takes few whole numbers for classes and others for a value', async () => {
    const description = await describeCsv('x,digit,price\n1,0,1.5\n2,1,2.5\n', ',')
    expect(suggestSchema(description, 'digit')?.schema).toMatchObject({
      task: 'classification',
      label: { type: 'category', categories: ['0', '1'] },
    })
    expect(suggestSchema(description, 'price')?.schema).toMatchObject({ task: 'regression', label: { type: 'number' } })
  })

  it('suggests nothing where nothing can be learned', async () => {
    const names = Array.from({ length: MAX_CATEGORIES + 1 }, (_, row) => `${row},t${row}`)
    const description = await describeCsv(`x,note\n${names.join('\n')}\n`, ',')
    expect(description.columns[1]?.values).toBeNull()
    expect(suggestSchema(description, 'note')).toBeNull()
    expect(suggestSchema(description, 'x')).toBeNull()
    expect(suggestSchema(description, 'absent')).toBeNull()
  })

  it('suggests nothing where there are more features than a schema takes', () => {
    const column = (place: number) => ({ name: `n${place}`, numeric: true, values: null, empty: 0 })
    const suggestionFor = (length: number) =>
      suggestSchema({ delimiter: ',', rows: 1, preview: [], columns: Array.from({ length }, (_, place) => column(place)) }, 'n0')
    expect(suggestionFor(MAX_FEATURES + 1)?.schema.features).toHaveLength(MAX_FEATURES)
    expect(suggestionFor(MAX_FEATURES + 2)).toBeNull()
  })

  it('suggests the same features of the same columns in any order, by code units', async () => {
    const rows = [
      { bmi: '21', Z: '1', ä: '2', age: '40', sex: 'm', ill: 'no' },
      { bmi: '30', Z: '3', ä: '4', age: '50', sex: 'f', ill: 'yes' },
    ]
    const featuresOf = async (columns: string[], from: typeof rows) =>
      suggestSchema(await describeCsv(Papa.unparse(from, { columns }), ','), 'ill')?.schema.features
    const features = await featuresOf(['bmi', 'Z', 'ä', 'age', 'sex', 'ill'], rows)
    expect(features).toEqual([
      { name: 'Z', type: 'number' },
      { name: 'age', type: 'number' },
      { name: 'bmi', type: 'number' },
      { name: 'sex', type: 'category', categories: ['f', 'm'] },
      { name: 'ä', type: 'number' },
    ])
    expect(await featuresOf(['ill', 'sex', 'ä', 'age', 'bmi', 'Z'], rows)).toEqual(features)
    expect(await featuresOf(['age', 'Z', 'ill', 'bmi', 'sex', 'ä'], rows.toReversed())).toEqual(features)
  })

  it('refuses a file without rows', async () => {
    await expect(describeCsv('a,b\n', ',', 'rows.csv')).rejects.toMatchObject({
      code: 'data_invalid',
      details: { file: 'rows.csv' },
    })
  })
})
