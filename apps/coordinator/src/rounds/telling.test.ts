import type { MachineEvent } from '@tributary/federation'
import type { RunId } from '@tributary/protocol'
import { expect, it, vi } from 'vitest'
import { Telling } from './telling.ts'

const run = 'run_0123456789abcdef' as RunId

it('looks at a run by one tick at a time, and once more when it was asked to meanwhile', async () => {
  let failures = 2
  let together = 0
  const ticks: RunId[] = []
  const telling: Telling = new Telling({
    dispatch: async (of: RunId, event: MachineEvent) => {
      expect(event).toEqual({ type: 'tick' })
      ticks.push(of)
      together += 1
      await new Promise((resolve) => setTimeout(resolve, 5))
      expect(together).toBe(1)
      together -= 1
      if (failures === 0) return
      failures -= 1
      // As an actor does that is still in doubt.
      telling.lookAgain(run)
      throw new Error('the database is away')
    },
    onError: () => {},
  })
  for (let n = 0; n < 10; n += 1) telling.lookAgain(run)
  await vi.waitFor(() => expect(ticks).toHaveLength(4), { timeout: 5_000 })
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(ticks).toHaveLength(4)
  telling.lookAgain(run)
  await vi.waitFor(() => expect(ticks).toHaveLength(5))
  telling.close()
  telling.lookAgain(run)
  expect(ticks).toHaveLength(5)
})
