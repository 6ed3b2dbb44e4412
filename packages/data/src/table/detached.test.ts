import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { readCsvText } from './csv.ts'
import { readCsvColumns } from './csv-columns.ts'
import { describeCsv } from './csv-description.ts'
import { detached } from './detached.ts'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

const ROWS = 10_000
const PIECE_ROWS = 200
const number = `0.${'5'.repeat(1_000)}`
const TEXT_BYTES = ROWS * number.length

const idOf = (row: number) => `a-long-identity-${row}`
/** Few enough for categories, and one in every piece of the file. */
const kindOf = (row: number) => `a-long-category-${Math.floor(row / PIECE_ROWS)}`

async function* csv() {
  yield 'the-identity,the-measurement,the-category\n'
  for (let row = 0; row < ROWS; row += PIECE_ROWS) yield lines(row, (r) => `${idOf(r)},${number},${kindOf(r)}`)
}

async function* csvOfNumbers() {
  yield 'the-identity,the-measurement\n'
  for (let row = 0; row < ROWS; row += PIECE_ROWS) yield lines(row, (r) => `${idOf(r)},${number}`)
}

const lines = (first: number, line: (row: number) => string, count = PIECE_ROWS) =>
  Array.from({ length: count }, (_, place) => `${line(first + place)}\n`).join('')

/** One text, of which the names of the columns are slices. */
const wholeText = () => `the-identity,the-measurement\n${lines(0, (row) => `${row},${number}`, ROWS)}`

const schema = {
  task: 'regression',
  features: [{ name: 'the-measurement', type: 'number' }],
  label: null,
  id: 'the-identity',
} as const

function heapUsed(): number {
  collect()
  return process.memoryUsage().heapUsed
}

describe('what was read of a text', () => {
  const columns = (read: Awaited<ReturnType<typeof readCsvColumns>>) => ({ read, rows: read.ids.length })
  const description = (read: Awaited<ReturnType<typeof describeCsv>>) => ({ read, rows: read.rows })
  const table = (read: Awaited<ReturnType<typeof readCsvText>>) => ({ read, rows: read.dataset.count })

  it.each<[string, () => Promise<{ rows: number }>]>([
    ['the columns of a CSV file', async () => columns(await readCsvColumns(csvOfNumbers(), { id: 'the-identity' }))],
    ['the names of columns of a whole text', async () => columns(await readCsvColumns(wholeText(), { id: 'the-identity' }))],
    ['the description of a CSV file', async () => description(await describeCsv(csv(), ','))],
    ['the first rows of a whole text', async () => description(await describeCsv(wholeText(), ','))],
    ['a table from CSV', async () => table(await readCsvText(csv(), schema))],
  ])('does not keep the text in memory: %s', async (_, read) => {
    const before = heapUsed()
    const kept = await read()
    expect(heapUsed() - before).toBeLessThan(TEXT_BYTES / 3)
    // What was read is still there, whole.
    expect(kept.rows).toBe(ROWS)
  })
})

describe('a detached text', () => {
  it.each([
    '',
    'short',
    'twelve chars',
    'thirteen char',
    'é'.repeat(20),
    '\uFEFFwith a mark before',
    `${'x'.repeat(20)}\uD800`,
    '"\\\n\u2028\0 and so on',
  ])('is the same text: %j', (text) => {
    expect(detached(text)).toBe(text)
  })
})
