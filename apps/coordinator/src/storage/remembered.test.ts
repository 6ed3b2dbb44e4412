import { expect, it } from 'vitest'
import { Remembered } from './remembered.ts'

/** A database of one row that counts its questions. */
function database() {
  const row = { value: 'old' as string | null, asked: 0 }
  const read = async () => {
    row.asked += 1
    const { value } = row
    await new Promise((resolve) => setImmediate(resolve))
    return value
  }
  return { row, read }
}

it('asks once for answers that are wanted together or again', async () => {
  const { row, read } = database()
  const memory = new Remembered<string>(true)
  expect(await Promise.all([memory.get('a', read), memory.get('a', read)])).toEqual(['old', 'old'])
  expect(await memory.get('a', read)).toBe('old')
  expect(row.asked).toBe(1)
  await memory.get('b', read)
  expect(row.asked).toBe(2)
})

it('says nothing old after a change, also when the old was being read', async () => {
  const { row, read } = database()
  const memory = new Remembered<string>(true)
  const before = memory.get('a', read)
  row.value = 'new'
  memory.forget()
  expect([await memory.get('a', read), await before, await memory.get('a', read)]).toEqual(['new', 'old', 'new'])
})

it('keeps neither what is not there nor a failure', async () => {
  const { row, read } = database()
  const memory = new Remembered<string>(true)
  row.value = null
  expect(await memory.get('a', read)).toBeNull()
  row.value = 'there'
  expect(await memory.get('a', read)).toBe('there')
  await expect(memory.get('b', () => Promise.reject(new Error('away')))).rejects.toThrow('away')
  expect(await memory.get('b', read)).toBe('there')
})

it('keeps nothing where others may change it', async () => {
  const { row, read } = database()
  const memory = new Remembered<string>(false)
  await memory.get('a', read)
  row.value = 'new'
  expect(await memory.get('a', read)).toBe('new')
})

it('does not grow without end', async () => {
  const memory = new Remembered<string>(true)
  let asked = 0
  const read = async () => {
    asked += 1
    return 'there'
  }
  for (let n = 0; n < 10_001; n += 1) await memory.get(`${n}`, read)
  await memory.get('0', read)
  expect(asked).toBe(10_002)
})
