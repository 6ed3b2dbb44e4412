import { ContainerDecoder, encodeModel, encodeUpdate, strategyConfigSchema } from '@tributary/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { member, RUN, updateOf } from '../run-machine/testing/cast.ts'
import { scenario } from '../run-machine/testing/scenario.ts'
import { fedAvgStep } from './fedavg.ts'
import { foldPlan } from './fold-plan.ts'
import { WeightedSum } from './weighted-sum.ts'
import { roundWeights } from './weights.ts'

const CAST = ['a', 'b', 'c', 'd', 'e']
const names = (story: ReturnType<typeof scenario>, closed = false) =>
  foldPlan(story.open, closed).map(({ participant }) => CAST.find((name) => member(name).id === participant))
const round = () =>
  scenario({ selection: { minimum: 2 } })
    .eligible('a', 'b', 'c')
    .start()

describe('foldPlan', () => {
  it('goes in the order of names up to the first who may still answer', () => {
    expect(names(round())).toEqual([])
    expect(names(round().accepted('b', 'c'))).toEqual([])
    expect(names(round().accepted('b').left('a'))).toEqual(['b'])
    expect(names(round().accepted('a').downloaded('b'))).toEqual(['a'])
  })

  it('waits for who failed while the round is open, and passes over them at the close', () => {
    const story = round().failed('a').accepted('b')
    expect(names(story)).toEqual([])
    expect(names(story.accepted('c').expectPhase('aggregating'), true)).toEqual(['b', 'c'])
  })

  it('takes an excluded update out', () => {
    const story = round().accepted('a', 'b')
    expect(names(story)).toEqual(['a', 'b'])
    expect(names(story.exclude('a'))).toEqual(['b'])
  })

  it('goes back for a newcomer whose name comes first', () => {
    const story = scenario({ selection: { minimum: 2 } })
      .eligible('b', 'c')
      .start()
      .accepted('b')
    expect(names(story)).toEqual(['b'])
    expect(names(story.left('c').eligible('a'))).toEqual([])
    expect(names(story.accepted('a').expectPhase('aggregating'), true)).toEqual(['a', 'b'])
  })
})

describe('the result of a round', () => {
  const spec = [{ name: 'w', shape: [3], dtype: 'float32' as const }]
  // Values whose float64 sum depends on the order: those of c and e (30 and 50 samples) cancel, and swallow the last bits of
  // whatever was added between them.
  const trained = (name: string): Float32Array => {
    if (name === 'c') return Float32Array.from([5 * 2 ** 60, 1, 5 * 2 ** 50])
    if (name === 'e') return Float32Array.from([-3 * 2 ** 60, 1, -3 * 2 ** 50])
    return Float32Array.from([0.1 * name.charCodeAt(0), 1, 0.3 * name.charCodeAt(0)])
  }
  const bytesOf = (name: string) =>
    encodeUpdate([{ name: 'w', shape: [3], data: trained(name) }], {
      run: RUN,
      round: 1,
      participant: member(name).id,
      form: 'parameters',
      samples: updateOf(name, 1).samples,
      report: { loss: null, accuracy: null, seconds: 1, backend: 'wasm' },
    }).bytes

  const fold = (sum: WeightedSum, name: string) => {
    const decoder = new ContainerDecoder(sum.fold(updateOf(name, 1).samples))
    decoder.push(bytesOf(name))
    decoder.end()
  }

  /** Folds after each arrival what the plan allows, as the coordinator does. */
  function resultOf(arrivals: readonly string[]): string {
    const story = scenario({ selection: { minimum: 2 } })
      .eligible(...CAST)
      .start()
    const sum = new WeightedSum(spec)
    let folded = 0
    for (const name of arrivals) {
      story.accepted(name)
      const plan = names(story, story.state.phase === 'aggregating')
      for (const next of plan.slice(folded)) fold(sum, next as string)
      folded = plan.length
    }
    story.expectPhase('aggregating')
    expect(folded).toBe(CAST.length)
    return encodeModel(fedAvgStep(sum, [], strategyConfigSchema.parse({ name: 'fedavg' }))).sha256
  }

  it('is the same bytes for any order of arrival', () => {
    const expected = resultOf(CAST)
    fc.assert(
      fc.property(fc.shuffledSubarray(CAST, { minLength: CAST.length }), (arrivals) => resultOf(arrivals) === expected),
      { numRuns: 60, seed: 3 },
    )
  })

  it('would depend on the order if updates were folded as they come', () => {
    const sums = [CAST, [...CAST].reverse(), ['c', 'a', 'b', 'd', 'e']].map((order) => {
      const sum = new WeightedSum(spec)
      for (const name of order) fold(sum, name)
      return sum.mean().join()
    })
    expect(new Set(sums).size).toBeGreaterThan(1)
  })
})

describe('roundWeights', () => {
  it('are shares of the samples of those who counted, or equal', () => {
    const { open } = round().accepted('a', 'c')
    const byId = (weights: Map<string, number>) => ['a', 'b', 'c'].map((name) => weights.get(member(name).id))
    expect(byId(roundWeights(open, 'samples'))).toEqual([10 / 40, undefined, 30 / 40])
    expect(byId(roundWeights(open, 'uniform'))).toEqual([0.5, undefined, 0.5])
  })
})
