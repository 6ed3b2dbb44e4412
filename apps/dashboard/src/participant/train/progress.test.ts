import type { ClientEvent } from '@tributary/client'
import { type RoundTask, runIdSchema, TributaryError } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { follow, notStarted, secondsLeft, type TrainingState } from './progress.ts'

const run = runIdSchema.parse('run_00000001')
const task = { run, round: 2, rounds: 4, model: { name: 'softmax', inputShape: [6], outputs: 3 } } as RoundTask
const who = { participant: 'par_00000001', name: 'oak', federation: 'fed_00000001' } as never
const uploaded: Extract<ClientEvent, { type: 'uploaded' }> = {
  type: 'uploaded',
  run,
  round: 2,
  sha256: 'a'.repeat(64),
  bytes: 1_000,
  samples: 30,
  loss: 0.5,
  accuracy: 0.8,
  seconds: 3,
  repeated: false,
}
const after = (...events: [ClientEvent, number][]): TrainingState =>
  events.reduce((state, [event, at]) => follow(state, event, at), notStarted)
const error = new TributaryError('update_not_finite', { tensor: 'dense1/kernel' })

describe('what the page shows', () => {
  it('counts bytes and rounds, an update that came twice once', () => {
    const state = after(
      [{ type: 'task', task }, 0],
      [uploaded, 4_000],
      [{ type: 'task', task }, 5_000],
      [{ ...uploaded, repeated: true }, 6_000],
    )
    expect(state).toMatchObject({ bytesSent: 2_000, updates: 1, ownAccuracy: 0.8, phase: 'waiting', roundTimes: [4_000, 1_000] })
  })

  it('tells that a line is lost, and forgets the trouble once it is back', () => {
    const lost = after([{ type: 'connectFailed', error: new TributaryError('unreachable'), retryInSeconds: 4 }, 1_000])
    expect(lost).toMatchObject({ line: 'lost', problem: { code: 'unreachable' } })
    expect(follow(lost, { type: 'connected', ...(who as object) } as ClientEvent, 2_000)).toMatchObject({
      line: 'live',
      problem: null,
    })
  })

  it.each(['refused', 'trainingFailed', 'withdrawn'] as const)('shows why a round was %s, until the next one', (type) => {
    const state = after([{ type: 'task', task }, 0], [{ type, run, round: 2, error }, 1])
    expect(state).toMatchObject({ problem: error, phase: 'waiting' })
    expect(follow(state, { type: 'task', task }, 2).problem).toBeNull()
  })

  it('keeps the model that a run ended with, and lets go of it when another begins', () => {
    const ended: ClientEvent = { type: 'runEnded', run, phase: 'completed', modelSha256: 'b'.repeat(64), error: null }
    const state = after([{ type: 'task', task }, 0], [ended, 1])
    expect(state.result).toEqual({ run, phase: 'completed', modelSha256: 'b'.repeat(64), model: task.model })
    expect(follow(state, { type: 'task', task }, 2).result).toBeNull()
  })

  it('estimates the time left by the rounds so far', () => {
    expect(secondsLeft(after([{ type: 'task', task }, 0]), 1_000)).toBeNull()
    const waiting = after([{ type: 'task', task }, 0], [uploaded, 4_000])
    expect(secondsLeft(waiting, 4_000)).toBe(8)
    const working = follow(waiting, { type: 'task', task: { ...task, round: 3 } }, 5_000)
    expect(secondsLeft(working, 6_000)).toBe(7)
    expect(secondsLeft(working, 60_000)).toBe(4)
  })
})
