import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PartyOutcome } from '@tributary/federation'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readOutcome, savedOutcome, saveOutcome } from './saved-outcome.ts'

const outcome: PartyOutcome = {
  converged: true,
  names: ['age', 'dose'],
  weights: [0.6, -1.5],
  means: [50, 2],
  deviations: [3, 0.5],
  dropped: ['constant'],
  intercept: 12,
  labelDeviation: 4,
  f: 0.25,
  loss: 0.2,
  steps: 9,
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('is kept in the units of the columns, and read as it was kept', async () => {
  const saved = savedOutcome('run_00000001', 'a'.repeat(64), outcome)
  // By hand: 0.6/3 and −1.5/0.5; −(0.2·50 + −3·2).
  expect(saved.original.weights).toEqual({ constant: 0, age: expect.closeTo(0.2, 12), dose: -3 })
  expect(saved.original.constant).toBeCloseTo(-4, 12)
  const file = await saveOutcome(folder, saved)
  expect(await saveOutcome(folder, saved)).toBe(file)
  expect(await readdir(join(folder, 'outcomes'))).toEqual(['run_00000001.json'])
  expect(await readOutcome(file)).toEqual(saved)
})

it.each([
  ['is cut off', '{"run": "run_0000'],
  ['lacks a part', JSON.stringify({ ...savedOutcome('run_00000001', 'a'.repeat(64), outcome), weights: undefined })],
])('that %s is refused by the name of its file', async (_, text) => {
  const file = join(folder, 'broken.json')
  await writeFile(file, text)
  await expect(readOutcome(file)).rejects.toMatchObject({ code: 'data_unreadable', details: { file } })
})

it('that is not there is refused in the same way', async () => {
  await expect(readOutcome(join(folder, 'none.json'))).rejects.toMatchObject({ code: 'data_unreadable' })
})
