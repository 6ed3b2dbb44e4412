import { createdRun, type Effect, type MachineEvent } from '@tributary/federation'
import { type FederationId, type RunId, runConfigSchema } from '@tributary/protocol'
import { beforeEach, expect, it, vi } from 'vitest'
import type { Aggregator } from '../aggregation/aggregator.ts'
import type { Blobs } from '../storage/blobs.ts'
import { someRun } from '../storage/store-fixtures.ts'
import { EffectRunner } from './effects.ts'
import { WakeTimers } from './wake-timers.ts'

const run = 'run_0123456789abcdef' as RunId
const config = runConfigSchema.parse({ model: { name: 'softmax', inputShape: [4], outputs: 2 }, rounds: 9, seed: 7 })
const modelSha256 = '0'.repeat(64)
const { record } = someRun('fed_0123456789abcdef' as FederationId, { id: run, config })
const state = createdRun(run, config, { sha256: modelSha256, bytes: 400 })
const stored = { ...record, state, version: 1, headSeq: 1, metrics: {}, bytesUp: 0, bytesDown: 0 }
const open = (number: number) => {
  const times = { openedAt: 0, deadlineAt: 0, overdue: false }
  return { number, ...times, target: 1, minimum: 1, modelSha256, members: [] }
}

let runner: EffectRunner
let told: MachineEvent['type'][]
let taken: () => void
const finish = vi.fn<Aggregator['finish']>(async () => ({ ok: true, sha256: modelSha256, bytes: 400 }))
const evaluate = vi.fn(async () => ({ accuracy: 0.5 }))
beforeEach(() => {
  vi.clearAllMocks()
  told = []
  const untilTaken = new Promise<void>((resolve) => {
    taken = resolve
  })
  runner = new EffectRunner({
    blobs: { file: (sha256: string) => sha256, stagingFolder: '/nowhere', adopt: async () => {} } as unknown as Blobs,
    aggregator: { finish, advance: async () => ({ folded: 0 }), forget: async () => {}, close: async () => {} },
    evaluator: { evaluate, close: async () => {} },
    gateway: { task: () => {}, taskWithdrawn: () => {}, roundClosed: () => {}, runEnded: () => {} },
    timers: new WakeTimers(Date.now),
    answer: (_run, event) => {
      told.push(event.type)
      return untilTaken
    },
    onError: () => {},
  })
})

const turn = () => new Promise((resolve) => setImmediate(resolve))

it.each<[Effect['type'], (round: number) => Effect, { mock: { calls: unknown[] } }, MachineEvent['type']]>([
  ['aggregate', (round) => ({ type: 'aggregate', open: open(round) }), finish, 'aggregated'],
  ['evaluate', (round) => ({ type: 'evaluate', round, modelSha256 }), evaluate, 'evaluated'],
])('%s asked for twice is done once while the machine has no answer', async (_, effect, work, answer) => {
  const perform = async (round: number) => {
    runner.perform(stored, [effect(round)])
    await turn()
    return [work.mock.calls.length, told.length]
  }
  runner.perform(stored, [effect(1), effect(1)])
  await turn()
  // The sum, or the metrics, are there; the database does not take them yet.
  expect([await perform(1), told]).toEqual([[1, 1], [answer]])
  expect(await perform(2)).toEqual([2, 2])
  taken()
  await turn()
  expect(await perform(1)).toEqual([3, 3])
})
