import { type Content, type ErrorBody, type MessageBody, TributaryError } from '@tributary/protocol'
import type { VerticalEffect, VerticalMachineEvent, VerticalNoticeToOwner, VerticalSurroundings } from '../effects.ts'
import { ownMask } from '../optimisers/shares.ts'
import { sha256OfText } from '../run/audit-line.ts'
import type { Mail, Result } from '../run/mail.ts'
import { dataParties, labelPartyName, predictionReceiver } from '../run/roles.ts'
import { logistic, maskedScores, scoreFromSum } from './scores.ts'
import { type AskedPrediction, type CanPredict, type LabelScale, noPredictions, type PredictionStep } from './state.ts'

/** Rows that a run predicts at most, as a multiple of its own rows: enough to evaluate it, not to be a service. */
const QUOTA_PER_ROW = 10
/** Each request's name is kept, so that its masks never meet other rows. */
const MOST_REQUESTS = 1_000
export const predictionQuota = (rows: number): number => QUOTA_PER_ROW * rows

/** What a party brings to predictions; the key service brings nothing. */
export interface Predictor {
  /** u_j of an aligned row. */
  score(row: number): number
  /** Label party only. */
  readonly label: LabelScale | null
}

const refuse = <State extends CanPredict>(state: State, refusal: TributaryError): PredictionStep<State> => ({
  state,
  effects: [],
  refusal,
})

const others = ({ manifest }: VerticalSurroundings, ...without: string[]) =>
  dataParties(manifest).filter((name) => !without.includes(name))

/** The receiver asks all other data parties for their scores of these rows. */
export function askPrediction<State extends CanPredict>(
  state: State,
  { request, rows }: Extract<VerticalMachineEvent, { type: 'predict' }>,
  around: VerticalSurroundings,
): PredictionStep<State> {
  const taken = admit(state, around.me, request, rows, around)
  if (taken instanceof TributaryError) return refuse(state, taken)
  if (state.predictions.asked.some((asked) => asked.request === request)) return { state, effects: [] }
  const asked: AskedPrediction = { request, rows, shares: {}, label: null }
  const predictions = { ...taken.predictions, asked: [...taken.predictions.asked, asked] }
  const content: Content = { kind: 'predict', body: { request, rows: [...rows] }, parts: [] }
  return { state: { ...state, predictions }, effects: [{ type: 'send', to: others(around, around.me), step: 0, content }] }
}

const rowsSha256Of = (rows: readonly number[]): string => sha256OfText(JSON.stringify(rows))

/** Right asker, known rows, quota, and one set of rows for each request. */
function admit<State extends CanPredict>(
  state: State,
  asker: string,
  request: string,
  rows: readonly number[],
  { manifest }: VerticalSurroundings,
): CanPredict | TributaryError {
  const receiver = predictionReceiver(manifest)
  if (asker !== receiver) return new TributaryError('predict_not_receiver', { name: asker, receiver })
  const unknown = rows.find((row) => !(Number.isInteger(row) && row >= 0 && row < state.rows))
  if (unknown !== undefined) return new TributaryError('predict_unknown_row', { row: unknown, rows: state.rows })
  const { known, rowsAsked } = state.predictions
  const rowsSha256 = rowsSha256Of(rows)
  const before = known.find((entry) => entry.request === request)
  if (before !== undefined) {
    return before.rowsSha256 === rowsSha256
      ? state
      : new TributaryError('slr_equivocation', { from: asker, place: `prediction ${request}` })
  }
  const left = known.length < MOST_REQUESTS ? predictionQuota(state.rows) - rowsAsked : 0
  if (rows.length > left) return new TributaryError('predict_quota', { asked: rows.length, left })
  const predictions = { ...state.predictions, known: [...known, { request, rowsSha256 }], rowsAsked: rowsAsked + rows.length }
  return { ...state, predictions }
}

/**
 * Requests that came before the own result, and one more, under the checks of later ones.
 * @returns those to answer with the result (`early` itself when it has this one), or why it is refused
 */
export function withEarlyRequest(
  early: readonly MessageBody<'predict'>[],
  { from, body }: Mail<'predict'>,
  rows: number,
  around: VerticalSurroundings,
): readonly MessageBody<'predict'>[] | TributaryError {
  let held: CanPredict = { rows, predictions: noPredictions }
  for (const each of [...early, body]) {
    const taken = admit(held, from, each.request, each.rows, around)
    if (taken instanceof TributaryError) return taken
    if (taken === held) return early
    held = taken
  }
  return [...early, body]
}

/** Another data party answers with its scores under zero-sum masks, one for each row. */
export function answerPrediction<State extends CanPredict>(
  state: State,
  { from, body }: Pick<Mail<'predict'>, 'from' | 'body'>,
  around: VerticalSurroundings,
  predictor: Predictor,
): PredictionStep<State> {
  const { request, rows } = body
  const taken = admit(state, from, request, rows, around)
  if (taken instanceof TributaryError) return refuse(state, taken)
  const group = others(around, from)
  // Named after all rows: shares that were asked for other rows do not cancel, so no sum over different rows comes out.
  const asked = `predict:${request}:${rowsSha256Of(rows)}` as const
  const masks = rows.map((_, index) => ownMask(around, group, 0, `${asked}:${index}`))
  const part = maskedScores(
    rows.map((row) => predictor.score(row)),
    masks,
  )
  const share = { kind: 'predict-share', body: { request, count: rows.length, label: predictor.label }, parts: [part] } as const
  const answer: VerticalEffect = { type: 'send', to: [from], step: 0, content: share }
  return { state: { ...state, predictions: taken.predictions }, effects: [answer] }
}

export const sumJobId = (request: string): string => `predict-sum:${request}`

export function sumJobs({ predictions }: CanPredict, around: VerticalSurroundings): Extract<VerticalEffect, { type: 'job' }>[] {
  return predictions.asked
    .filter((asked) => isComplete(asked, around))
    .map(({ request, rows, shares }) => {
      const refs = others(around, around.me).map((name) => shares[name] ?? '')
      return { type: 'job', id: sumJobId(request), job: { kind: 'predict-sum', shares: refs, count: rows.length } }
    })
}

const isComplete = ({ shares }: AskedPrediction, around: VerticalSurroundings): boolean =>
  others(around, around.me).every((name) => shares[name] !== undefined)

export function takePredictionShare<State extends CanPredict>(
  state: State,
  mail: Mail<'predict-share'>,
  around: VerticalSurroundings,
): PredictionStep<State> {
  const { from, ref, body, partBytes } = mail
  const asked = state.predictions.asked.find(({ request }) => request === body.request)
  if (asked === undefined || !others(around, around.me).includes(from)) {
    return refuse(state, new TributaryError('slr_state', { kind: mail.kind, step: mail.step, state: 'done' }))
  }
  const known = asked.shares[from]
  if (known === ref) return { state, effects: [] }
  if (known !== undefined) {
    return refuse(state, new TributaryError('slr_equivocation', { from, place: `prediction ${body.request}` }))
  }
  const isLabelParty = from === labelPartyName(around.manifest)
  const isRight = body.count === asked.rows.length && partBytes.length === 1 && partBytes[0] === 8 * body.count
  if (!isRight || (isLabelParty && body.label === null)) {
    return refuse(state, new TributaryError('message_malformed', { kind: mail.kind, reason: 'it does not fit the request' }))
  }
  const next: AskedPrediction = {
    ...asked,
    shares: { ...asked.shares, [from]: ref },
    label: isLabelParty ? body.label : asked.label,
  }
  const predictions = {
    ...state.predictions,
    asked: state.predictions.asked.map((entry) => (entry === asked ? next : entry)),
  }
  const after = { ...state, predictions }
  return {
    state: after,
    effects: sumJobs(after, around).filter(({ id }) => id === sumJobId(body.request) && isComplete(next, around)),
  }
}

/** The masks cancel in the sum: tells the predictions. */
export function takeSum<State extends CanPredict>(
  state: State,
  { job, result }: Result<'predict-sum'>,
  { manifest }: VerticalSurroundings,
  predictor: Predictor | null,
): PredictionStep<State> {
  const asked = state.predictions.asked.find(({ request }) => sumJobId(request) === job)
  if (asked === undefined) return { state, effects: [] }
  const { request, rows } = asked
  const { mean, deviation } = predictor?.label ?? asked.label ?? { mean: 0, deviation: 1 }
  const values = rows.map((row, index) => {
    const z = mean + deviation * (scoreFromSum(result.sums[index] ?? '0') + (predictor?.score(row) ?? 0))
    return manifest.settings.task === 'logistic' ? logistic(z) : z
  })
  return settle(state, asked, { kind: 'prediction', request, rows, values })
}

/** The sum did not come about: whoever asked is told why; the run stays done, and others may be asked for. */
export function takeFailedSum<State extends CanPredict>(
  state: State,
  { job, error }: { readonly job: string; readonly error: ErrorBody },
): PredictionStep<State> {
  const asked = state.predictions.asked.find(({ request }) => sumJobId(request) === job)
  if (asked === undefined) return { state, effects: [] }
  return settle(state, asked, { kind: 'failure', error, request: asked.request })
}

/** A share is gone from the own store: the same; what no prediction needs is missed by nobody. */
export function takeLostShare<State extends CanPredict>(
  state: State,
  { blob }: { readonly blob: string },
): PredictionStep<State> {
  const asked = state.predictions.asked.find(({ shares }) => Object.values(shares).includes(blob))
  if (asked === undefined) return { state, effects: [] }
  const error = new TributaryError('storage_corrupt', { sha256: blob }).toBody()
  return settle(state, asked, { kind: 'failure', error, request: asked.request })
}

/** Tells what became of a prediction; it and its shares are not needed any more. */
function settle<State extends CanPredict>(
  state: State,
  asked: AskedPrediction,
  notice: VerticalNoticeToOwner,
): PredictionStep<State> {
  const predictions = { ...state.predictions, asked: state.predictions.asked.filter((entry) => entry !== asked) }
  return {
    state: { ...state, predictions },
    effects: [
      { type: 'tell', notice },
      { type: 'forget', blobs: [], messages: Object.values(asked.shares) },
    ],
  }
}
