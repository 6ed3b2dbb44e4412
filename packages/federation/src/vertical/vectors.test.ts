import type { VerticalSettingsInput } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { cast } from './testing/cast.ts'
import { breast, credit, diabetes, joined } from './testing/fixtures.node.ts'
import { normalEquations, relativeError } from './testing/ground-truth.ts'
import { World } from './testing/world.ts'

type Split = ReturnType<typeof diabetes>

function play(split: Split, settings: VerticalSettingsInput) {
  const { manifest, tables } = cast({ host: split.host }, split.guest, { settings })
  const world = new World({ manifest, tables, seed: 7 }).run()
  const host = world.outcomes.get('host')
  const guest = world.outcomes.get('guest')
  if (host === undefined || guest === undefined) throw new Error(`it ended: ${[...world.ends.values()].join('; ')}`)
  return { world, host, guest, w: [...host.weights, ...guest.weights] }
}

/** Steps besides step 0 until w is within 1e-3 of w*, as the parties' states have it after each decision. */
function stepsTo(split: Split, settings: VerticalSettingsInput, truth: readonly number[]): number {
  const { manifest, tables } = cast({ host: split.host }, split.guest, { settings })
  const world = new World({ manifest, tables, seed: 7 })
  for (const { name } of manifest.parties) world.send(name, { type: 'begin' })
  const weights = new Map<string, readonly number[]>()
  while (world.step()) {
    for (const name of ['host', 'guest']) {
      if (!world.rawState(name).includes('"phase":"awaitingKey"')) continue
      const state = world.party(name)
      if (state.phase === 'awaitingKey') weights.set(`${name} ${state.step - 1}`, state.optimiser.w)
    }
  }
  for (let step = 1; ; step += 1) {
    const [host, guest] = [weights.get(`host ${step}`), weights.get(`guest ${step}`)]
    if (host === undefined || guest === undefined) return Number.POSITIVE_INFINITY
    if (relativeError([...host, ...guest], truth) < 1e-3) return step
  }
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
const linear = { lambda: 1, task: 'linear' } as const
const logistic = { lambda: 1, task: 'logistic' } as const

describe('diabetes, five columns each', () => {
  const { columns, label } = joined(diabetes())
  const truth = normalEquations(columns, label, linear)

  it('has the closed form of the specification', () => {
    expect(truth.labelMean).toBeCloseTo(152.13348416, 8)
    expect(truth.labelDeviation).toBeCloseTo(77.00574587, 8)
    expect(truth.w.map((w) => Number(w.toFixed(6)))).toEqual([
      -0.005865, -0.147625, 0.321457, 0.199978, -0.434272, 0.250801, 0.038132, 0.102792, 0.443135, 0.042116,
    ])
    expect(truth.loss).toBeCloseTo(213.17807275, 7)
    expect(truth.f).toBeCloseTo(213.49147746, 7)
    expect(1 - truth.loss / label.length).toBeCloseTo(0.517697, 6)
  })

  it('is learned by pcg to 1e-4 in at most 10 steps and closes converged', () => {
    const { w, host, guest, world } = play(diabetes(), {})
    expect(relativeError(w, truth.w)).toBeLessThan(1e-4)
    expect(host).toMatchObject({ converged: true, names: ['age', 'sex', 'bmi', 'bp', 's1'], intercept: null })
    expect(host.f).toBeCloseTo(truth.f, 1)
    expect(host.loss).toBeCloseTo(truth.loss, 1)
    expect(guest.intercept).toBeCloseTo(truth.labelMean, 9)
    expect(guest.labelDeviation).toBeCloseTo(truth.labelDeviation, 9)
    const ended = world.published.at(-1)
    expect(ended).toMatchObject({ type: 'ended', converged: true })
    if (ended?.type === 'ended') expect(ended.gradientRatio).toBeLessThan(1e-9)
    // 9 in exact arithmetic.
    expect(stepsTo(diabetes(), {}, truth.w)).toBeLessThanOrEqual(10)
    expect(world.refusals).toEqual([])
  })

  it.each([
    [12, 14, 1.6e-4],
    [18, 16, 5e-6],
    [20, 22, 1.1e-6],
  ])('is within the table at %i + %i bits', (fx, fu, error) => {
    expect(relativeError(play(diabetes(), { fixedPoint: { fx, fu } }).w, truth.w)).toBeLessThan(error)
  })
})

describe('breast, 20 columns and 10', () => {
  const { columns, label } = joined(breast())
  const truth = normalEquations(columns, label, linear)
  const taylor = normalEquations(columns, label, logistic)

  it('has the closed forms of the specification', () => {
    expect(truth.loss).toBeCloseTo(129.11073749, 7)
    expect(truth.f).toBeCloseTo(130.18903416, 7)
    expect(sum(truth.w)).toBeCloseTo(-1.10155093, 7)
    expect(sum(truth.w.map((w) => w * w))).toBeCloseTo(2.15659334, 7)
    expect(truth.w[20]).toBeCloseTo(-1.031633, 6)
    expect(1 - truth.loss / label.length).toBeCloseTo(0.773092, 6)
    expect(taylor.labelMean).toBeCloseTo(0.50966608, 8)
    expect(sum(taylor.w)).toBeCloseTo(-2.09919689, 7)
    expect(Math.LN2 - 0.5 + taylor.loss / (8 * label.length)).toBeCloseTo(0.30069711, 8)
  })

  it('is learned by pcg in at most 20 steps', () => {
    expect(relativeError(play(breast(), {}).w, truth.w)).toBeLessThan(1e-4)
    // 18 in exact arithmetic.
    expect(stepsTo(breast(), {}, truth.w)).toBeLessThanOrEqual(20)
  })

  it('is learned as Taylor logistic regression: targets 2y, λ′ = 8λ', () => {
    const { w, guest } = play(breast(), { task: 'logistic' })
    expect(relativeError(w, taylor.w)).toBeLessThan(3e-4)
    expect(guest).toMatchObject({ converged: true, labelDeviation: 1 })
    expect(guest.intercept).toBeCloseTo(taylor.labelMean, 9)
    expect(guest.loss).toBeCloseTo(0.30069711, 5)
  })
})

describe('default-credit, 10 columns and 13, 30,000 rows', () => {
  const { columns, label } = joined(credit())
  const truth = normalEquations(columns, label, linear)

  it('has the closed forms of the specification', () => {
    expect(truth.loss).toBeCloseTo(26279.53188486, 5)
    expect(truth.f).toBeCloseTo(26279.57698037, 5)
    expect(sum(truth.w)).toBeCloseTo(0.15930207, 8)
    expect(sum(truth.w.map((w) => w * w))).toBeCloseTo(0.09019103, 8)
    expect(truth.w[5]).toBeCloseTo(0.25912, 6)
    const taylor = normalEquations(columns, label, logistic)
    expect(taylor.labelMean).toBeCloseTo(-1.1152, 8)
    expect(sum(taylor.w)).toBeCloseTo(0.26446972, 7)
    expect(Math.LN2 - 0.5 + taylor.loss / (8 * label.length)).toBeCloseTo(0.49495983, 8)
  })

  it('is learned by pcg in at most 10 steps', () => {
    const { w, guest } = play(credit(), {})
    expect(relativeError(w, truth.w)).toBeLessThan(1.05e-4)
    expect(guest.converged).toBe(true)
    expect(guest.steps).toBeLessThanOrEqual(10)
  })
})
