import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allowedRunActions } from './actions.ts'
import { transition } from './table.ts'
import { brokenMachines } from './testing/broken-machines.ts'
import { member } from './testing/cast.ts'
import { InvariantBroken } from './testing/invariants.ts'
import { play, type RandomRun, randomRun } from './testing/random-runs.ts'

/** FUZZ_SEED=… and FUZZ_RUNS=… look at other runs; a failure prints its seed and the shortest trace that still fails. */
const usual = { seed: 20_170_228, numRuns: 500 }
const seed = Number(process.env.FUZZ_SEED ?? usual.seed)
const numRuns = Number(process.env.FUZZ_RUNS ?? usual.numRuns)

describe('random events', () => {
  it('never break an invariant', () => {
    let long = 0
    const ends = new Map<string, number>()
    fc.assert(
      fc.property(randomRun, (run) => {
        const { state } = play(run)
        if (run.commands.length >= 40) long += 1
        ends.set(state.phase, (ends.get(state.phase) ?? 0) + 1)
      }),
      { seed, numRuns },
    )
    // A fuzzer that never gets anywhere proves nothing.
    expect(long).toBeGreaterThanOrEqual(0.6 * numRuns)
    for (const phase of ['training', 'completed', 'failed', 'cancelled', 'paused'])
      expect(ends.get(phase), phase).toBeGreaterThan(0)
  })

  it('give the same states when they are played again', () => {
    fc.assert(
      fc.property(randomRun, (run) => {
        const states = () => {
          const seen: string[] = []
          play(run, undefined, ({ state, log }) => seen.push(JSON.stringify(state) + log.length))
          return seen
        }
        expect(states()).toEqual(states())
      }),
      { seed: seed + 1, numRuns: 50 },
    )
  })
})

describe('the actions that are offered', () => {
  it('are taken in any state; the others are refused or change nothing', () => {
    const person = { by: 'the test', reason: 'a test' }
    const actions = [
      ...(['start', 'pause', 'resume', 'cancel'] as const).map((type) => ({ type, ...person })),
      { type: 'extend' as const, seconds: 5, ...person },
      { type: 'exclude' as const, participant: member('z').id, ...person },
    ]
    fc.assert(
      fc.property(randomRun, (run) => {
        play(run, undefined, ({ state, now }) => {
          const offered = allowedRunActions(state)
          for (const action of actions) {
            const after = transition(state, action, { now, eligible: [], online: new Set(), lostAt: new Map() })
            if (offered.includes(action.type)) expect(after.refusal, `${action.type} while ${state.phase}`).toBeNull()
            else expect(after.state, `${action.type} while ${state.phase}`).toBe(state)
          }
        })
      }),
      { seed: seed + 2, numRuns: 60 },
    )
  })
})

describe('the fuzzer catches a machine in which', () => {
  for (const [fault, { breaks, machine }] of Object.entries(brokenMachines))
    it(fault, () => {
      const found = fc.check(
        fc.property(randomRun, (run: RandomRun) => {
          play(run, machine)
        }),
        usual,
      )
      expect(found.failed).toBe(true)
      const error = found.errorInstance
      if (!(error instanceof InvariantBroken)) throw error
      expect(breaks).toContain(error.id)
      // Shrunk to a trace that a person can read.
      expect(found.counterexample?.[0].commands.length).toBeLessThanOrEqual(10)
    })
})
