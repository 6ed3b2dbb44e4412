import type { ClientEvent } from '@tributary/client'
import type { ModelConfig, RoundTask, TributaryError } from '@tributary/protocol'

/** What the page shows of the participation, folded from the client's events. */
export interface TrainingState {
  readonly line: 'joining' | 'live' | 'lost'
  readonly task: RoundTask | null
  readonly phase: 'waiting' | 'downloading' | 'training' | 'uploading'
  /** 0..1 of the phase. */
  readonly fraction: number
  readonly samplesPerSecond: number | null
  readonly loss: number | null
  /** When the work on this round began, and how long whole rounds took, in milliseconds. */
  readonly roundStartedAt: number | null
  readonly roundTimes: readonly number[]
  /** Bytes of updates that the coordinator acknowledged. */
  readonly bytesSent: number
  readonly updates: number
  /** On the participant's held-out rows, of its own last update. */
  readonly ownAccuracy: number | null
  readonly problem: TributaryError | null
  readonly result: TrainingOutcome | null
}

export interface TrainingOutcome {
  readonly run: string
  readonly phase: 'completed' | 'failed' | 'cancelled'
  readonly modelSha256: string | null
  readonly model: ModelConfig | null
}

export const notStarted: TrainingState = {
  line: 'joining',
  task: null,
  phase: 'waiting',
  fraction: 0,
  samplesPerSecond: null,
  loss: null,
  roundStartedAt: null,
  roundTimes: [],
  bytesSent: 0,
  updates: 0,
  ownAccuracy: null,
  problem: null,
  result: null,
}

const REMEMBERED_TIMES = 5

/** @param now milliseconds since the epoch */
export function follow(state: TrainingState, event: ClientEvent, now: number): TrainingState {
  switch (event.type) {
    case 'joined':
    case 'connected':
      return { ...state, line: 'live', problem: null }
    case 'disconnected':
      return { ...state, line: 'lost' }
    case 'connectFailed':
      return { ...state, line: 'lost', problem: event.error }
    case 'task':
      return {
        ...state,
        task: event.task,
        phase: 'downloading',
        fraction: 0,
        loss: null,
        roundStartedAt: now,
        result: null,
        problem: null,
      }
    case 'progress': {
      const { phase, fraction, samplesPerSecond, loss } = event.progress
      return { ...state, phase, fraction, samplesPerSecond: samplesPerSecond ?? state.samplesPerSecond, loss: loss ?? state.loss }
    }
    case 'uploaded': {
      const took = state.roundStartedAt === null ? [] : [now - state.roundStartedAt]
      const { bytes, accuracy, loss, repeated } = event
      return {
        ...state,
        phase: 'waiting',
        fraction: 0,
        bytesSent: state.bytesSent + bytes,
        updates: state.updates + (repeated ? 0 : 1),
        ownAccuracy: accuracy ?? state.ownAccuracy,
        loss: loss ?? state.loss,
        roundStartedAt: null,
        roundTimes: [...state.roundTimes, ...took].slice(-REMEMBERED_TIMES),
      }
    }
    case 'refused':
    case 'trainingFailed':
    case 'withdrawn':
      return { ...state, phase: 'waiting', fraction: 0, roundStartedAt: null, problem: event.error }
    case 'runEnded':
      return { ...state, phase: 'waiting', fraction: 0, roundStartedAt: null, result: outcomeOf(state, event) }
    case 'error':
      return { ...state, problem: event.error }
    case 'retry':
    case 'roundClosed':
    case 'left':
      return state
  }
}

function outcomeOf(
  { task }: TrainingState,
  { run, phase, modelSha256 }: Extract<ClientEvent, { type: 'runEnded' }>,
): TrainingOutcome {
  return { run, phase, modelSha256, model: task?.run === run ? task.model : null }
}

/** Seconds until the run's last round is done here, by the rounds so far; null before the first one. */
export function secondsLeft({ task, roundTimes, roundStartedAt }: TrainingState, now: number): number | null {
  if (task === null || roundTimes.length === 0) return null
  const mean = roundTimes.reduce((sum, time) => sum + time, 0) / roundTimes.length
  const current = roundStartedAt === null ? 0 : Math.max(0, mean - (now - roundStartedAt))
  return ((task.rounds - task.round) * mean + current) / 1000
}
