import { describe, expect, it } from 'vitest'
import { runConfig } from './testing/cast.ts'
import { type Command, perform } from './testing/commands.ts'
import { World } from './testing/world.ts'

const connect = (...names: string[]): Command[] => names.map((who) => ({ do: 'connect', who }))
const upload = (...names: string[]): Command[] => names.map((who) => ({ do: 'upload', who, variant: 0 }))
const plain = (...steps: ('start' | 'pause' | 'resume' | 'cancel' | 'restart' | 'tick' | 'proceed')[]): Command[] =>
  steps.map((step) => ({ do: step }))
const wait = (seconds: number): Command => ({ do: 'wait', seconds })

/** Each with the phase in which it ends when nothing disturbs it. */
const stories: Record<string, { readonly ends: string; readonly events: readonly Command[] }> = {
  'two rounds of three': {
    ends: 'completed',
    events: [
      ...connect('a', 'b', 'c'),
      ...plain('start'),
      { do: 'download', who: 'b' },
      ...upload('c', 'a', 'b'),
      ...plain('proceed', 'proceed'),
      ...upload('a', 'b', 'c'),
      ...plain('proceed', 'proceed'),
    ],
  },
  'the deadline, with a straggler': {
    ends: 'training',
    events: [
      ...connect('a', 'b', 'c'),
      ...plain('start'),
      ...upload('a', 'c'),
      wait(60),
      ...upload('b'),
      ...plain('proceed', 'proceed'),
      ...upload('b'),
    ],
  },
  'overdue, and saved in time': {
    ends: 'evaluating',
    events: [
      ...connect('a', 'b'),
      ...plain('start'),
      ...upload('a'),
      wait(70),
      ...plain('restart'),
      ...upload('b'),
      ...plain('proceed'),
    ],
  },
  'overdue, and lost': {
    ends: 'failed',
    events: [
      ...connect('a', 'b'),
      ...plain('start'),
      ...upload('a'),
      wait(60),
      { do: 'reject', who: 'b' },
      wait(30),
      ...upload('b'),
    ],
  },
  'a leaver and a newcomer': {
    ends: 'training',
    events: [
      ...connect('b', 'c'),
      ...plain('start'),
      ...upload('b'),
      { do: 'leave', who: 'c' },
      ...connect('a'),
      ...upload('a'),
      { do: 'leave', who: 'b' },
      ...plain('proceed', 'proceed'),
      ...connect('d'),
    ],
  },
  'a pause, an extension and an exclusion': {
    ends: 'aggregating',
    events: [
      ...connect('a', 'b', 'c'),
      ...plain('start', 'pause'),
      ...upload('a', 'b', 'c'),
      ...plain('proceed', 'proceed', 'resume'),
      ...upload('a'),
      { do: 'extend', seconds: 20 },
      { do: 'exclude', who: 'a' },
      { do: 'fail', who: 'b' },
      ...upload('b', 'c'),
    ],
  },
  'a cancelled run': {
    ends: 'cancelled',
    events: [
      ...connect('a', 'b'),
      ...plain('start'),
      ...upload('a'),
      ...plain('cancel'),
      ...upload('b'),
      ...plain('tick', 'resume'),
    ],
  },
}

function play(events: readonly Command[]): World {
  const world = new World(runConfig({ rounds: 2, selection: { minimum: 2 } }))
  for (const event of events) perform(world, event)
  return world
}

function disturbed(how: string, events: readonly Command[], disturb: (events: Command[], at: number) => void): number {
  let played = 0
  for (let at = 0; at < events.length; at += 1) {
    const changed = [...events]
    disturb(changed, at)
    try {
      play(changed)
    } catch (error) {
      throw new Error(`event ${at} ${how}: ${JSON.stringify(changed)}`, { cause: error })
    }
    played += 1
  }
  return played
}

describe.each(Object.entries(stories))('%s', (_, { ends, events }) => {
  it('ends as it should', () => {
    expect(play(events).state.phase).toBe(ends)
  })

  it('keeps the invariants with any event doubled', () => {
    expect(disturbed('doubled', events, (list, at) => list.splice(at, 0, list[at] as Command))).toBe(events.length)
  })

  it('ends alike with any message doubled: only time and new rounds may tell', () => {
    for (const [at, event] of events.entries()) {
      if (event.do === 'wait' || event.do === 'extend' || event.do === 'proceed' || event.do === 'reject') continue
      const { state } = play(events.toSpliced(at, 0, event))
      expect(state, `${at} doubled`).toEqual(play(events).state)
    }
  })

  it('keeps the invariants with any two neighbours swapped', () => {
    expect(
      disturbed('swapped', events, (list, at) => {
        const [event] = list.splice(at, 1)
        list.splice(at + 1, 0, event as Command)
      }),
    ).toBe(events.length)
  })

  it('keeps the invariants with any event dropped', () => {
    expect(disturbed('dropped', events, (list, at) => list.splice(at, 1))).toBe(events.length)
  })

  it('keeps the invariants with any event late: moved to the end', () => {
    expect(disturbed('late', events, (list, at) => list.push(...list.splice(at, 1)))).toBe(events.length)
  })
})
