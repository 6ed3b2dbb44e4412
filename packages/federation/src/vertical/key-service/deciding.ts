import { type MessageBody, type ShareName, shareNameSchema } from '@tributary/protocol'
import type { VerticalEffect, VerticalSurroundings } from '../effects.ts'
import { isConverged } from '../optimisers/closing.ts'
import { decide } from '../optimisers/decide.ts'
import { openedPoint, type Point, sharedAt } from '../optimisers/point.ts'
import { decodeTotal, largestExponent, scaleOf, sumOfShares } from '../optimisers/shares.ts'
import type { Totals } from '../optimisers/totals.ts'
import { noPredictions } from '../prediction/state.ts'
import { decisionSha256, resultSha256 } from '../run/audit-line.ts'
import { reportedLoss } from '../run/loss.ts'
import type { Mail } from '../run/mail.ts'
import { dataParties } from '../run/roles.ts'
import { issueKey } from './keying.ts'
import { appendLine } from './log.ts'
import type { Keying, KeyServiceDone, Opening, Scaling, Sharing } from './state.ts'
import { equivocation, forgetKey, type KeyServiceTransition, keyIdOf, outOfPlace, stay, tellAll } from './steps.ts'

/** While a new key is made, shares from before the loss still come: they are not sent again. */
type Collecting = Keying | Opening | Sharing | Scaling

/** The decision point whose shares a state collects. */
function pointOf(state: Collecting, { manifest }: VerticalSurroundings): Point {
  if (state.phase === 'scaling') return 'exponent'
  if (state.phase === 'sharing') return state.point
  return openedPoint(manifest.settings.optimiser.name, state.step, state.closing)
}

/** One masked share for each party and decision point; the totals need all of them. */
export function takeShare(state: Collecting, mail: Mail<'share'>, around: VerticalSurroundings): KeyServiceTransition {
  const { from, step, body } = mail
  if (step !== state.step || !dataParties(around.manifest).includes(from)) return outOfPlace(state, mail)
  const known = state.shares[from]
  if (known !== undefined)
    return sameValues(known, body.values) ? stay(state) : equivocation(state, from, `share of step ${step}`)
  const asked = sharedAt(around.manifest.settings.optimiser.name, pointOf(state, around))
  const names = Object.keys(body.values)
  if (names.length !== asked.length || asked.some((name) => body.values[name] === undefined)) return outOfPlace(state, mail)
  return decideWhenComplete({ state: { ...state, shares: { ...state.shares, [from]: body.values } }, effects: [] }, around)
}

type Values = Readonly<MessageBody<'share'>['values']>
const sameValues = (a: Values, b: Values): boolean => shareNameSchema.options.every((name) => a[name] === b[name])

/** Decides once every opening is answered and every share is there. */
export function decideWhenComplete(
  { state, effects }: { readonly state: Collecting; readonly effects: readonly VerticalEffect[] },
  around: VerticalSurroundings,
): KeyServiceTransition {
  const parties = dataParties(around.manifest)
  const isOpening =
    state.phase === 'keying' ||
    (state.phase === 'opening' && Object.values(state.openings).some(({ state: slot }) => slot === 'none' || slot === 'working'))
  if (isOpening || parties.some((name) => state.shares[name] === undefined)) return { state, effects }
  if (state.phase === 'scaling') return scale(state, effects, around)
  const point = pointOf(state, around)
  if (point === 'exponent') return { state, effects }
  const totals = totalsOf(state, point, around)
  if (point === 'closing') return close(state, totals, effects, around)
  return decideStep(state, point, totals, effects, around)
}

const sumOf = ({ shares }: Collecting, name: ShareName, { manifest }: VerticalSurroundings): bigint =>
  sumOfShares(dataParties(manifest).map((party) => shares[party]?.[name] ?? '0'))

function totalsOf(state: Collecting, point: Point, around: VerticalSurroundings): Partial<Record<ShareName, number>> {
  const totals: Partial<Record<ShareName, number>> = {}
  for (const name of sharedAt(around.manifest.settings.optimiser.name, point)) {
    if (name !== 'exponent') totals[name] = decodeTotal(sumOf(state, name, around), scaleOf(name, state.totals, state.rows))
  }
  return totals
}

function decideStep(
  state: Opening | Sharing,
  point: Exclude<Point, 'exponent' | 'closing'>,
  sums: Partial<Record<ShareName, number>>,
  effects: readonly VerticalEffect[],
  around: VerticalSurroundings,
): KeyServiceTransition {
  const { settings } = around.manifest
  const { step, keyId } = state
  const { totals, decision } = decide(point, state.totals, sums, settings, state.rows, step)
  const { alpha, beta, restart, f } = decision
  const isLast = decision.stop || !hasQuotaForAnother(state)
  const next = point === 'direction' ? 'share' : isLast ? 'close' : 'step'
  const told = { totals: sums, alpha, beta, restart, f, next } as const
  const line = { kind: 'decided', party: around.me, step, keyId, quotaLeft: 0, responseSha256: decisionSha256(told) } as const
  const decided = appendLine(state.head, line, around)
  const say = (head: Sharing['head']) => tellAll(around, step, { kind: 'decide', body: { ...told, head }, parts: [] })
  if (point === 'direction') {
    const sharing: Sharing = { ...state, phase: 'sharing', point: 'residual', head: decided.head, totals, shares: {} }
    return { state: sharing, effects: [...effects, decided.effect, say(decided.head)] }
  }
  const closed = closeLine(state, decided.head, around)
  const after: VerticalEffect[] = [
    ...effects,
    decided.effect,
    closed.effect,
    say(closed.head),
    published(state, totals, closed.head),
    forgetKey(state),
  ]
  const { clock, rows, quotas } = state
  const base = { clock, head: closed.head, rows, step: step + 1, exponent: 0, attempt: 0, quotas, totals, shares: {} }
  if (!isLast) return issueKey({ ...base, closing: false }, after, around)
  return { state: { ...base, phase: 'scaling', closing: true }, effects: after }
}

/** One more step and the closing one must be left to everybody. */
const hasQuotaForAnother = ({ quotas }: Opening | Sharing): boolean =>
  Object.values(quotas).every(({ left, features }) => left >= 2 * features)

const closeLine = (state: Opening | Sharing, head: Sharing['head'], around: VerticalSurroundings) =>
  appendLine(head, { kind: 'closed', party: around.me, step: state.step, keyId: keyIdOf(state), quotaLeft: 0 }, around)

const published = ({ step }: Opening | Sharing, { f, rho }: Totals, head: Sharing['head']): VerticalEffect => ({
  type: 'publish',
  event: { type: 'step.closed', step, f, rho, head },
})

/** The closing step's vectors are shrunk by the largest exponent that was named. */
function scale(state: Scaling, effects: readonly VerticalEffect[], around: VerticalSurroundings): KeyServiceTransition {
  const exponent = largestExponent(sumOf(state, 'exponent', around), dataParties(around.manifest).length)
  return issueKey({ ...state, exponent, shares: {} }, effects, around)
}

/** True gradient and loss at the final w: is this the minimum? The result is kept either way, and flagged. */
function close(
  state: Opening | Sharing,
  sums: Partial<Record<ShareName, number>>,
  effects: readonly VerticalEffect[],
  around: VerticalSurroundings,
): KeyServiceTransition {
  const { settings } = around.manifest
  const { step, keyId, rows, totals, clock } = state
  const { gPg = 0, f = 0, loss: squares = 0 } = sums
  const gradientRatio = Math.max(0, gPg) / (totals.rho0 > 0 ? totals.rho0 : rows)
  const converged = isConverged({ gradientRatio, f }, totals, settings.optimiser.name, rows)
  const loss = reportedLoss(settings.task, squares, rows)
  const closed = closeLine(state, state.head, around)
  const code = converged ? null : 'slr_not_converged'
  const told = { converged, f, loss, gradientRatio, steps: step }
  const line = { kind: 'ended', party: around.me, step, keyId, quotaLeft: 0, code, responseSha256: resultSha256(told) } as const
  const ended = appendLine(closed.head, line, around)
  const { head } = ended
  const result = { ...told, head }
  const done: KeyServiceDone = { phase: 'done', clock, head, rows, predictions: noPredictions }
  return {
    state: done,
    effects: [
      ...effects,
      closed.effect,
      ended.effect,
      tellAll(around, step, { kind: 'done', body: result, parts: [] }),
      published(state, { ...totals, f }, closed.head),
      { type: 'publish', event: { type: 'ended', ...result } },
      forgetKey(state),
    ],
  }
}
