import { setTimeout as sleep } from 'node:timers/promises'
import { TributaryError } from '@tributary/protocol'
import { expect, it, vi } from 'vitest'
import { Repeats } from './repeats.ts'

const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
const turn = () => new Promise((resolve) => setImmediate(resolve))

it('does again what broke, each time after a longer wait, until it is done', async () => {
  const began = performance.now()
  const at: number[] = []
  const onFailure = vi.fn()
  await new Repeats().until(async () => {
    at.push(performance.now() - began)
    // Somebody else being faster is no refusal for good.
    if (at.length === 2) throw new TributaryError('action_conflict', { what: 'run' })
    if (at.length < 4) throw new Error('the database is away')
  }, onFailure)
  expect([at.length, onFailure.mock.calls.length]).toEqual([4, 3])
  const waits = at.slice(1).map((time, index) => time - (at[index] as number))
  for (const [index, least] of [95, 195, 395].entries()) expect(waits[index]).toBeGreaterThan(least)
})

it('does not repeat what was refused', async () => {
  const onFailure = vi.fn()
  const refused = new TributaryError('not_found', { what: 'run', id: 'x' })
  await new Repeats().until(() => Promise.reject(refused), onFailure)
  expect(onFailure).toHaveBeenCalledExactlyOnceWith(refused)
})

it('ends with its close, and leaves no timer', async () => {
  const repeats = new Repeats()
  // The runner of the tests tells of the one before in a timer of its own, of a tenth of a second.
  await sleep(200)
  const before = timers()
  const work = vi.fn(() => Promise.reject(new Error('away')))
  const waiting = Array.from({ length: 20 }, () => repeats.until(work, () => {}))
  await turn()
  expect(timers()).toBe(before + 20)
  repeats.close()
  await Promise.all(waiting)
  expect(timers()).toBe(before)
  await repeats.until(work, () => {})
  expect(work).toHaveBeenCalledTimes(20)
})
