import { createdRun, type MachineEvent } from '@tributary/federation'
import { type FederationId, type RunId, runConfigSchema } from '@tributary/protocol'
import { expect, it } from 'vitest'
import type { Evaluator } from '../evaluation/evaluator.ts'
import type { Blobs } from '../storage/blobs.ts'
import { someRun } from '../storage/store-fixtures.ts'
import { EffectRunner } from './effects.ts'
import { WakeTimers } from './wake-timers.ts'

const run = 'run_0123456789abcdef' as RunId
const config = runConfigSchema.parse({ model: { name: 'softmax', inputShape: [4], outputs: 2 }, rounds: 1, seed: 7 })
const modelSha256 = '0'.repeat(64)

/** What the machine is told after an evaluation that measured this. */
async function toldAfter(metrics: Record<string, unknown>): Promise<MachineEvent> {
  const evaluator = { evaluate: () => Promise.resolve(metrics) } as unknown as Evaluator
  return new Promise((resolve) => {
    const runner = new EffectRunner({
      blobs: { file: (sha256: string) => sha256 } as Blobs,
      aggregator: {
        advance: () => Promise.reject(new Error('nothing is folded here')),
        finish: () => Promise.reject(new Error('nothing is aggregated here')),
        forget: () => Promise.resolve(),
        close: () => Promise.resolve(),
      },
      evaluator,
      gateway: { task: () => {}, taskWithdrawn: () => {}, roundClosed: () => {}, runEnded: () => {} },
      timers: new WakeTimers(Date.now),
      answer: async (_run, event) => resolve(event),
      onError: () => {},
    })
    const { record } = someRun('fed_0123456789abcdef' as FederationId, { id: run, config })
    const state = createdRun(run, config, { sha256: modelSha256, bytes: 400 })
    const stored = { ...record, state, version: 1, headSeq: 1, metrics: {}, bytesUp: 0, bytesDown: 0 }
    runner.perform(stored, [{ type: 'evaluate', round: 1, modelSha256 }])
  })
}

it('takes metrics that are finite numbers as they are', async () => {
  const metrics = { accuracy: 0.5, loss: 0 }
  expect(await toldAfter(metrics)).toEqual({ type: 'evaluated', round: 1, metrics })
})

it.each([Number.NaN, Number.POSITIVE_INFINITY, null, '0.5'])(
  'fails an evaluation that measured %s, and names the metric',
  async (loss) => {
    const told = await toldAfter({ accuracy: 0.5, loss })
    expect(told).toMatchObject({ type: 'evaluationFailed', round: 1, error: { code: 'run_failed_evaluation' } })
    expect(told).toMatchObject({ error: { details: { reason: 'loss came out as no finite number' } } })
  },
)
