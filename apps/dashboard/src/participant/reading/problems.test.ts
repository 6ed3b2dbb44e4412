import { readCsvText } from '@tributary/data'
import { TributaryError } from '@tributary/protocol'
import { expect, it } from 'vitest'
import { problemsByColumn } from './problems.ts'

it('sorts what the reader found wrong by column', async () => {
  const error = await readCsvText('age,kind\nforty,elm\n41,oak\n-,fir\n', {
    task: 'classification',
    features: [{ name: 'age', type: 'number' }],
    label: { name: 'kind', type: 'category', categories: ['elm', 'oak'] },
  }).catch((refusal: unknown) => refusal)
  expect([...(problemsByColumn(error) ?? [])]).toEqual([
    [
      'age',
      [
        { row: 2, found: '"forty"', expected: 'a number' },
        { row: 4, found: '"-"', expected: 'a number' },
      ],
    ],
    ['kind', [{ row: 4, found: '"fir"', expected: 'one of "elm", "oak"' }]],
  ])
})

it('leaves other errors alone', () => {
  expect(problemsByColumn(new TributaryError('unreachable'))).toBeNull()
  expect(problemsByColumn(new Error('x'))).toBeNull()
})
