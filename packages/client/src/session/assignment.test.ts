import type { RoundTask, RunId } from '@tributary/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OTHER_RUN, RUN, taskOf } from '../testing/participant-fixture.ts'
import { type Assignment, type AssignmentEffect, type AssignmentEvent, assign, noAssignment } from './assignment.ts'

const of = (run: RunId, round: number, seed = 7): RoundTask => ({ ...template, run, round, seed })
const template = taskOf()
const task = (run: RunId, round: number, seed?: number): AssignmentEvent => ({ type: 'task', task: of(run, round, seed) })

function play(events: readonly AssignmentEvent[]): { state: Assignment; effects: AssignmentEffect[] } {
  const effects: AssignmentEffect[] = []
  let state = noAssignment
  for (const event of events) {
    const step = assign(state, event)
    state = step.state
    effects.push(...step.effects)
  }
  return { state, effects }
}
const brief = (effects: readonly AssignmentEffect[]) =>
  effects.map((effect) =>
    effect.type === 'start' ? `start ${effect.task.run === RUN ? 'A' : 'B'}${effect.task.round}` : effect.type,
  )

describe('assignment', () => {
  const finished = { type: 'finished', accepted: true } as const
  const failed = { type: 'finished', accepted: false } as const
  it.each<[string, AssignmentEvent[], string[]]>([
    ['starts a task', [task(RUN, 1)], ['start A1']],
    ['hurries for the same task', [task(RUN, 1), task(RUN, 1)], ['start A1', 'hurry']],
    ['hurries when the connection is back', [task(RUN, 1), { type: 'connected' }], ['start A1', 'hurry']],
    [
      'aborts for a newer round, starts it when the older is gone',
      [task(RUN, 1), task(RUN, 2), failed],
      ['start A1', 'abort', 'start A2'],
    ],
    ['starts the newest of several', [task(RUN, 1), task(RUN, 2), task(RUN, 3), failed], ['start A1', 'abort', 'start A3']],
    [
      'takes an earlier round too: the coordinator knows',
      [task(RUN, 5), task(RUN, 4), failed],
      ['start A5', 'abort', 'start A4'],
    ],
    ['begins again for another model or seed', [task(RUN, 1), task(RUN, 1, 8), failed], ['start A1', 'abort', 'start A1']],
    ['lets another run wait', [task(RUN, 1), task(OTHER_RUN, 1), finished], ['start A1', 'start B1']],
    ['does not repeat what was accepted', [task(RUN, 1), finished, task(RUN, 1)], ['start A1']],
    ['repeats what was not', [task(RUN, 1), failed, task(RUN, 1)], ['start A1', 'start A1']],
    ['repeats on a later connection', [task(RUN, 1), finished, { type: 'connected' }, task(RUN, 1)], ['start A1', 'start A1']],
    [
      'does not repeat what was accepted after the reconnect',
      [task(RUN, 1), { type: 'connected' }, finished, task(RUN, 1)],
      ['start A1', 'hurry'],
    ],
    ['aborts what is withdrawn', [task(RUN, 1), { type: 'withdrawn', run: RUN, round: 1 }], ['start A1', 'abort']],
    ['leaves another round alone', [task(RUN, 2), { type: 'withdrawn', run: RUN, round: 1 }], ['start A2']],
    [
      'drops a waiting task that is withdrawn',
      [task(RUN, 1), task(OTHER_RUN, 1), { type: 'withdrawn', run: OTHER_RUN, round: 1 }, finished],
      ['start A1'],
    ],
    [
      'starts again what is given back',
      [task(RUN, 1), { type: 'withdrawn', run: RUN, round: 1 }, task(RUN, 1), failed],
      ['start A1', 'abort', 'start A1'],
    ],
    [
      'aborts in a round that closed without it',
      [task(RUN, 1), { type: 'closed', run: RUN, round: 1, counted: false }],
      ['start A1', 'abort'],
    ],
    [
      'waits for the receipt of what counted',
      [
        task(RUN, 1),
        { type: 'closed', run: RUN, round: 1, counted: true },
        task(RUN, 2),
        { type: 'ended', run: OTHER_RUN },
        finished,
      ],
      ['start A1', 'hurry', 'start A2'],
    ],
    [
      'aborts in a run that ended',
      [task(RUN, 1), task(OTHER_RUN, 1), { type: 'ended', run: RUN }, failed],
      ['start A1', 'abort', 'start B1'],
    ],
    ['stops', [task(RUN, 1), task(OTHER_RUN, 1), { type: 'stop' }, failed], ['start A1', 'abort']],
    ['takes a late end for nothing', [failed, { type: 'ended', run: RUN }, { type: 'withdrawn', run: RUN, round: 1 }], []],
  ])('%s', (_, events, effects) => {
    expect(brief(play(events).effects)).toEqual(effects)
  })

  const run = fc.constantFrom(RUN, OTHER_RUN)
  const round = fc.integer({ min: 1, max: 4 })
  const anyEvent: fc.Arbitrary<AssignmentEvent> = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(run, round).map(([r, n]) => task(r, n)) },
    fc.constant<AssignmentEvent>({ type: 'connected' }),
    fc.record({ type: fc.constant('withdrawn' as const), run, round }),
    fc.record({ type: fc.constant('closed' as const), run, round, counted: fc.boolean() }),
    fc.record({ type: fc.constant('ended' as const), run }),
    fc.record({ type: fc.constant('finished' as const), accepted: fc.boolean() }),
  )

  it('never works on two rounds, never loses the last task of a run, whatever comes doubled, late or swapped', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
        let state = noAssignment
        let running = 0
        for (const event of events) {
          // Only work that runs can come to its end.
          if (event.type === 'finished' && running === 0) continue
          if (event.type === 'finished') running -= 1
          const step = assign(state, event)
          state = step.state
          running += step.effects.filter(({ type }) => type === 'start').length
          expect(running).toBeLessThanOrEqual(1)
          expect(running).toBe(state.current === null ? 0 : 1)
          if (state.current === null) expect(state.waiting).toEqual([])
          expect(new Set(state.waiting.map((waiting) => waiting.run)).size).toBe(state.waiting.length)
          if (event.type === 'task') {
            const { current, waiting, accepted, connection } = state
            const known = [
              ...(current === null || current.fate === 'stopping' ? [] : [current.task]),
              ...waiting,
              ...accepted.filter((done) => done.connection === connection),
            ]
            expect(known.some((one) => one.run === event.task.run && one.round === event.task.round)).toBe(true)
          }
        }
      }),
      { seed: 1 },
    )
  })

  it('gives back the same state for an event that comes twice', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 20 }), anyEvent, (events, last) => {
        fc.pre(last.type !== 'finished' && last.type !== 'connected')
        const once = assign(play(events).state, last)
        const twice = assign(once.state, last)
        expect(twice.state).toEqual(once.state)
        expect(twice.effects.filter(({ type }) => type !== 'hurry')).toEqual([])
      }),
      { seed: 2 },
    )
  })
})
