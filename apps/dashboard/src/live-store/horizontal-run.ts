import type { LoggedEvent, MetricSeries, MetricSpread, Round, RoundLine, Run } from '@tributary/protocol'
import { type ClientValues, withValue } from './client-values.ts'
import { lineOf, type RoundHistory, type ShownRound } from './round-history.ts'

/** A point of a curve: one round, or what a bucket of rounds holds. */
export interface CurvePoint {
  readonly round: number
  readonly value: number
  readonly min: number
  readonly max: number
  readonly count: number
  /** The smoothed curve here, where the server has smoothed it. */
  readonly smoothed?: number
}

/** A metric of the run's own. */
export interface Curve {
  readonly name: string
  /** Rounds that one point stands for; 1 where every round has its own. */
  readonly bucketRounds: number
  readonly points: readonly CurvePoint[]
}

export interface HorizontalRun {
  readonly run: Run
  /** Rounds before the first of `rounds`. */
  readonly history: RoundHistory
  /** The newest round at the snapshot, and those that were opened since: whole. */
  readonly rounds: readonly Round[]
  readonly curves: readonly Curve[]
  /** How participants' metrics lie, in rounds before the snapshot's newest. */
  readonly spreads: readonly MetricSpread[]
  /** What participants measured since then. */
  readonly clients: ClientValues
}

export const curveOf = ({ name, bucketRounds, buckets }: MetricSeries): Curve => ({
  name,
  bucketRounds,
  points: buckets.map(({ lastRound, last, min, max, count, smoothed }) => {
    const point = { round: lastRound, value: last, min, max, count }
    return smoothed === undefined ? point : { ...point, smoothed }
  }),
})

/** One line for each round, oldest first. */
export const roundLines = ({ history, rounds }: Pick<HorizontalRun, 'history' | 'rounds'>): readonly RoundLine[] => [
  ...history.lines,
  ...rounds.map(lineOf),
]

/** The round at this place of `roundLines`. */
export const shownRound = ({ history, rounds }: Pick<HorizontalRun, 'history' | 'rounds'>, index: number): ShownRound | null =>
  index < history.lines.length ? history.at(index) : (rounds[index - history.lines.length] ?? null)

/** The run after an event; told twice an event changes nothing more. */
export function foldHorizontal(state: HorizontalRun, { event, at }: LoggedEvent): HorizontalRun {
  switch (event.type) {
    case 'run.state': {
      const isOver = ['completed', 'failed', 'cancelled'].includes(event.data.to)
      const { to: phase, reason: failure } = event.data
      const deadlineAt = phase === 'training' ? state.run.deadlineAt : null
      return { ...state, run: { ...state.run, phase, failure, deadlineAt, endedAt: isOver ? at : null } }
    }
    case 'round.opened': {
      const { round, selected, deadlineAt } = event.data
      if (round <= state.history.lastRound || state.rounds.some((known) => known.round === round)) return state
      const participants = selected.map(({ participant, name }) => ({
        participant,
        name,
        state: 'selected' as const,
        samples: null,
        weight: null,
        loss: null,
        trainSeconds: null,
        bytes: null,
        selectedAt: at,
        downloadedAt: null,
        uploadedAt: null,
        rejects: 0,
      }))
      const opened: Round = {
        run: state.run.id,
        round,
        phase: 'training',
        openedAt: at,
        deadlineAt,
        closedAt: null,
        modelSha256: null,
        participants,
        metrics: {},
      }
      return { ...state, run: { ...state.run, round, deadlineAt }, rounds: [...state.rounds, opened] }
    }
    case 'round.closed': {
      const { round, counted, missing, modelSha256 } = event.data
      const weights = new Map(counted.map(({ name, weight }) => [name, weight]))
      const away = new Set(missing.map(({ name }) => name))
      return inRound({ ...state, run: { ...state.run, modelSha256 } }, round, (known) => ({
        ...known,
        phase: 'closed',
        closedAt: known.closedAt ?? at,
        modelSha256,
        participants: known.participants.map((one) => {
          const unanswered = away.has(one.name) && (one.state === 'selected' || one.state === 'downloaded')
          return { ...one, weight: weights.get(one.name) ?? null, state: unanswered ? 'missing' : one.state }
        }),
      }))
    }
    case 'participant.downloaded':
      return inPart(state, event.data, (part) => ({
        ...part,
        state: part.state === 'selected' ? 'downloaded' : part.state,
        downloadedAt: part.downloadedAt ?? at,
      }))
    case 'participant.trained':
      return inPart(state, event.data, (part) => ({ ...part, trainSeconds: event.data.seconds, loss: event.data.loss }))
    case 'update.accepted': {
      const { samples, bytes, seconds, loss } = event.data
      return inPart(state, event.data, (part) => ({
        ...part,
        state: 'accepted',
        samples,
        bytes,
        loss,
        trainSeconds: seconds,
        uploadedAt: part.uploadedAt ?? at,
      }))
    }
    case 'participant.failed':
      return inPart(state, event.data, (part) => ({ ...part, state: part.state === 'accepted' ? part.state : 'failed' }))
    case 'participant.dropped':
      return inPart(state, event.data, (part) => ({ ...part, state: part.state === 'excluded' ? 'excluded' : 'left' }))
    case 'metric': {
      const { round, scope, name, participant, value } = event.data
      if (scope === 'participant') {
        if (participant === null || round <= state.history.lastRound) return state
        return { ...state, clients: withValue(state.clients, name, round, participant, value) }
      }
      const point = { round, value, min: value, max: value, count: 1 }
      const isKnown = state.curves.some((curve) => curve.name === name)
      const curves = isKnown
        ? state.curves.map((curve) => (curve.name === name ? { ...curve, points: withPoint(curve.points, point) } : curve))
        : [...state.curves, { name, bucketRounds: 1, points: [point] }]
      const run = { ...state.run, metrics: { ...state.run.metrics, [name]: value } }
      return inRound({ ...state, run, curves }, round, (one) => ({ ...one, metrics: { ...one.metrics, [name]: value } }))
    }
    default:
      return state
  }
}

/** A round that a bucket holds already is not added again. */
const withPoint = (points: readonly CurvePoint[], point: CurvePoint): readonly CurvePoint[] =>
  point.round > (points.at(-1)?.round ?? 0) ? [...points, point] : points

const inRound = (state: HorizontalRun, round: number, change: (round: Round) => Round): HorizontalRun => ({
  ...state,
  rounds: state.rounds.map((known) => (known.round === round ? change(known) : known)),
})

type Part = Round['participants'][number]
const inPart = (state: HorizontalRun, data: { round: number; name: string }, change: (part: Part) => Part): HorizontalRun =>
  inRound(state, data.round, (round) => ({
    ...round,
    participants: round.participants.map((part) => (part.name === data.name ? change(part) : part)),
  }))
