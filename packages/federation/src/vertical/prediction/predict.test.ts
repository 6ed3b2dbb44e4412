import type { Content } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { expected, predict } from '../testing/predictions.ts'
import { type SmallRunOptions, smallRun } from '../testing/random-run.ts'
import { type Delivery, World } from '../testing/world.ts'
import { predictionQuota } from './predict.ts'
import { scoreFromSum, sumShares } from './scores.ts'

function trained(options: SmallRunOptions = {}): World {
  const run = smallRun({ features: [2, 1], labelFeatures: 2, rows: 70, ...options })
  const world = new World({ ...run, seed: 9, duplicates: true }).run()
  expect(world.outcomes.size).toBe(3)
  return world
}

const closeTo = (values: readonly number[] | null, right: readonly number[]) => {
  expect(values).toHaveLength(right.length)
  right.forEach((value, index) => {
    expect(values?.[index]).toBeCloseTo(value, 5)
  })
}

const sharesOf = (world: World, request: string): readonly Delivery[] =>
  world.sent.filter(
    ({ content }) => content.kind === 'predict-share' && 'request' in content.body && content.body.request === request,
  )

describe('prediction', () => {
  it('by the label party undoes scaling and centring', () => {
    const world = trained()
    closeTo(predict(world, 'guest', 'request-1', [3, 0, 69]), expected(world, [3, 0, 69]))
  })

  it('of a logistic run are probabilities', () => {
    const world = trained({ settings: { task: 'logistic' } })
    const right = expected(world, [1, 2]).map((z) => 1 / (1 + Math.exp(-z)))
    closeTo(predict(world, 'guest', 'request-1', [1, 2]), right)
  })

  it('goes to a feature party or to the key service when the manifest says so', () => {
    for (const receiver of ['host-a', 'keys']) {
      const world = trained({ settings: { predictionReceiver: receiver } })
      closeTo(predict(world, receiver, 'request-1', [5, 6, 7]), expected(world, [5, 6, 7]))
    }
  })

  it('leaves row weights out', () => {
    const world = trained({ weighted: true })
    closeTo(predict(world, 'guest', 'request-1', [10, 20]), expected(world, [10, 20]))
  })

  it('shares are masked, each row by a mask of its own, and cancel in the sum', () => {
    const world = trained()
    predict(world, 'guest', 'request-1', [4, 4, 4])
    const shares = sharesOf(world, 'request-1')
    expect(shares).toHaveLength(2)
    const parts = shares.map(({ content }) => content.parts[0] ?? new Uint8Array())
    for (const part of parts) {
      const alone = sumShares([part], 3)
      // The same row three times, three different shares.
      expect(new Set(alone).size).toBe(3)
    }
    const sums = sumShares(parts, 3).map((sum) => scoreFromSum(String(sum)))
    expect(new Set(sums).size).toBe(1)
    expect(Math.abs(sums[0] ?? 99)).toBeLessThan(10)
  })

  it('asked again gives the same bytes and costs nothing', () => {
    const world = trained()
    const first = predict(world, 'guest', 'request-1', [1, 2])
    const before = world.rawState('host-a')
    expect(predict(world, 'guest', 'request-1', [1, 2])).toEqual(first)
    expect(world.rawState('host-a')).toBe(before)
    const bytes = sharesOf(world, 'request-1')
      .filter(({ from }) => from === 'host-a')
      .map(({ content }) => content.parts[0])
    expect(bytes).toHaveLength(2)
    expect(bytes[0]).toEqual(bytes[1])
  })

  it('never answers other rows under the same masks', () => {
    const world = trained()
    predict(world, 'guest', 'request-1', [1, 2])
    world.send('guest', { type: 'predict', request: 'request-1', rows: [3, 4] })
    expect(world.refusals.at(-1)).toEqual({ party: 'guest', code: 'slr_equivocation' })
    const content: Content<'predict'> = { kind: 'predict', body: { request: 'request-1', rows: [3, 4] }, parts: [] }
    world.forge({ from: 'guest', to: 'host-a', step: 0, content })
    expect(world.refusals.at(-1)).toEqual({ party: 'host-a', code: 'slr_equivocation' })
  })

  it('does not let a receiver add up scores of different rows', () => {
    const world = trained()
    const ask = (to: string, rows: number[]) =>
      world.forge({ from: 'guest', to, step: 0, content: { kind: 'predict', body: { request: 'request-1', rows }, parts: [] } })
    ask('host-a', [1])
    ask('host-b', [2])
    const scores = (name: string, row: number) =>
      world
        .table(name)
        .columns.reduce((sum, column, j) => sum + (column[row] ?? 0) * (world.outcomes.get(name)?.weights[j] ?? 0), 0)
    const parts = sharesOf(world, 'request-1').map(({ content }) => content.parts[0] ?? new Uint8Array())
    expect(parts).toHaveLength(2)
    const [sum] = sumShares(parts, 1)
    expect(Math.abs(scoreFromSum(String(sum)) - scores('host-a', 1) - scores('host-b', 2))).toBeGreaterThan(1)
  })

  it('refuses unknown rows, who is not the receiver, and more rows than the quota, on both sides', () => {
    const world = trained()
    const ask = (from: string, request: string, rows: number[]) => {
      const content: Content<'predict'> = { kind: 'predict', body: { request, rows }, parts: [] }
      world.forge({ from, to: 'host-a', step: 0, content })
      return world.refusals.at(-1)
    }
    const told = (party: string, rows: number[]) => {
      world.send(party, { type: 'predict', request: 'request-x', rows })
      return world.refusals.at(-1)
    }
    expect(told('guest', [70])).toEqual({ party: 'guest', code: 'predict_unknown_row' })
    expect(told('guest', [-1])).toEqual({ party: 'guest', code: 'predict_unknown_row' })
    expect(told('host-a', [1])).toEqual({ party: 'host-a', code: 'predict_not_receiver' })
    expect(told('keys', [1])).toEqual({ party: 'keys', code: 'predict_not_receiver' })
    expect(ask('guest', 'request-2', [0, 70])).toEqual({ party: 'host-a', code: 'predict_unknown_row' })
    expect(ask('host-b', 'request-3', [0])).toEqual({ party: 'host-a', code: 'predict_not_receiver' })
    const all = Array.from({ length: predictionQuota(70) }, (_, i) => i % 70)
    expect(predict(world, 'guest', 'request-all', all)).toHaveLength(700)
    expect(told('guest', [0])).toEqual({ party: 'guest', code: 'predict_quota' })
    expect(ask('guest', 'request-5', [0])).toEqual({ party: 'host-a', code: 'predict_quota' })
  })

  it('keeps a thousand requests apart, not more', () => {
    const world = trained({ rows: 110 })
    const state = world.party('host-a')
    if (state.phase !== 'done') throw new Error('not done')
    const known = Array.from({ length: 1_000 }, (_, i) => ({ request: `request-${i}`, rowsSha256: '00'.repeat(32) }))
    world.process('host-a').state = JSON.stringify({ ...state, predictions: { ...state.predictions, known } })
    const content: Content<'predict'> = { kind: 'predict', body: { request: 'one-more-request', rows: [1] }, parts: [] }
    world.forge({ from: 'guest', to: 'host-a', step: 0, content })
    expect(world.refusals.at(-1)).toEqual({ party: 'host-a', code: 'predict_quota' })
  })

  it('is not there before the run is done', () => {
    const world = new World({ ...smallRun(), seed: 1 })
    world.send('guest', { type: 'predict', request: 'request-1', rows: [1] })
    expect(world.refusals.at(-1)).toEqual({ party: 'guest', code: 'slr_state' })
    world.send('host-a', { type: 'predict', request: 'request-1', rows: [1] })
    expect(world.refusals.at(-1)).toEqual({ party: 'host-a', code: 'predict_not_receiver' })
  })

  it('survives kills of the receiver', () => {
    const run = smallRun({ features: [2, 1], labelFeatures: 2, rows: 70 })
    const plain = new World({ ...run, seed: 9 }).run()
    const killed = new World({ ...run, seed: 9, kill: (_, persist) => (persist % 2 === 0 ? 'before' : 'after') }).run()
    expect(predict(killed, 'guest', 'request-1', [8, 9])).toEqual(predict(plain, 'guest', 'request-1', [8, 9]))
  })
})
