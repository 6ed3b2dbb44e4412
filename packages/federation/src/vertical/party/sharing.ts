import { type MessageKind, type ShareName, TributaryError } from '@tributary/protocol'
import { norm, unmask } from '../arithmetic/fixed-point.ts'
import { timesColumns } from '../arithmetic/vectors.ts'
import type { PartyOutcome, VerticalEffect, VerticalSurroundings, VerticalTransition } from '../effects.ts'
import { isConverged } from '../optimisers/closing.ts'
import { decide, outOfRange } from '../optimisers/decide.ts'
import { move, ownParts, takeOpened } from '../optimisers/optimiser.ts'
import { openedPoint, type Point, sharedAt } from '../optimisers/point.ts'
import { encodeExponent, encodeShare, masked, ownExponent, ownMask, scaleOf } from '../optimisers/shares.ts'
import { noPredictions } from '../prediction/state.ts'
import { responseSha256 } from '../run/audit-line.ts'
import { isSigned, requireSuccessor, seeHead } from '../run/heads.ts'
import type { Mail } from '../run/mail.ts'
import { dataParties, keyServiceName, partiesWithColumns } from '../run/roles.ts'
import { ownPart, requireProducts, stepKind, tableOf } from './own-part.ts'
import { answerEarly } from './predicting.ts'
import type { AwaitingKey, AwaitingOpened, AwaitingResidual, Deciding, Done, Shared, StepKey, Stepping } from './state.ts'
import { outOfPlace, type PartyTransition, refuse, send } from './steps.ts'

type Keyed = Extract<Stepping, { readonly key: StepKey }>
type Begun = { readonly state: Keyed; readonly effects: readonly VerticalEffect[] }

/** Unmasks the step's numbers and shares what follows from them. */
export function takeNumbers(state: AwaitingOpened, mail: Mail<'opened'>, around: VerticalSurroundings): PartyTransition {
  const { from, step, body } = mail
  const { manifest } = around
  if (from !== keyServiceName(manifest) || step !== state.step || body.keyId !== state.key.keyId) return outOfPlace(state, mail)
  requireReceipt(state, mail, around)
  const { optimiser, fixedPoint } = manifest.settings
  const digits = fixedPoint.fx + fixedPoint.fu
  const t = BigInt(manifest.he.plainModulus)
  const h = body.numbers.map((number, index) => unmask(number, state.maskSums[index] ?? '0', t, digits))
  requireProducts(h, state, around)
  const { receipt } = body
  requireSuccessor(state.heads, receipt.record)
  const heads = seeHead(state.heads, { seq: receipt.record.seq, hash: receipt.hash, signature: receipt.signature }, around)
  const kind = stepKind(state, state.key, around)
  const next: Keyed = {
    ...state,
    heads,
    optimiser: takeOpened(state.optimiser, kind, h, ownPart(around), state.totals),
  }
  return shareAt({ state: next, effects: [] }, openedPoint(optimiser.name, step, state.closing), around)
}

/** The key service signed a line of its log that says what it did for this request. @throws TributaryError `audit_broken` */
function requireReceipt(state: AwaitingOpened, { body }: Mail<'opened'>, around: VerticalSurroundings): void {
  const { record, hash, signature } = body.receipt
  const broken = (reason: string) => new TributaryError('audit_broken', { seq: record.seq, reason })
  const isMine = record.run === around.run && record.party === around.me && record.kind === 'opening'
  if (!isMine || record.step !== state.step || record.keyId !== state.key.keyId) throw broken('the receipt is of another opening')
  if (body.publicKeySha256 !== state.key.publicKeySha256) throw new TributaryError('key_mismatch', { step: state.step })
  const count = body.numbers.length
  if (count !== state.maskSums.length || record.numbersReturned !== count) throw broken(`${count} numbers were returned`)
  if (record.responseSha256 !== responseSha256(body.numbers)) throw broken('the receipt is of other numbers')
  if (around.auditHash(record.prev, record) !== hash) throw broken('the hash of the receipt is not that of its record')
  if (!isSigned({ seq: record.seq, hash, signature }, around)) throw broken('the receipt is not signed')
}

/** Sends this party's masked parts of a decision point's totals; what the key is no longer needed for is forgotten. */
export function shareAt(
  { state, effects }: Begun,
  point: Exclude<Point, 'exponent'>,
  around: VerticalSurroundings,
): VerticalTransition<Deciding> {
  const { manifest } = around
  const { optimiser } = manifest.settings
  const group = dataParties(manifest)
  const parts = ownParts(state.optimiser, point, ownPart(around), optimiser, partiesWithColumns(manifest))
  const values: Partial<Record<ShareName, string>> = {}
  for (const name of sharedAt(optimiser.name, point)) {
    if (name === 'exponent') continue
    const scale = scaleOf(name, state.totals, state.rows)
    const value = encodeShare(parts[name] ?? 0, scale, { name, step: state.step, parties: group.length })
    values[name] = masked(value, ownMask(around, group, state.step, name))
  }
  const shared = { step: state.step, point, values }
  const told = shareOnce(state.shared, shared, around)
  // What came early for another key of this step is still needed should this one be replaced.
  const used = state.inbox.filter(({ keyId }) => keyId === state.key.keyId)
  const gone = [...used.map(({ ref }) => ref), state.key.ref]
  const isOpening = point === openedPoint(optimiser.name, state.step, state.closing)
  const forget: VerticalEffect[] = isOpening ? [{ type: 'forget', blobs: ['own-u', 'own-d'], messages: gone }] : []
  const next = { ...deciding(state, point), shared }
  return { state: next, effects: [...effects, ...told, ...forget] }
}

function deciding(state: Keyed, point: Point): Deciding {
  const { clock, heads, rows, step, closing, optimiser, totals, inbox, retired, shared, key } = state
  return {
    phase: 'deciding',
    clock,
    heads,
    rows,
    step,
    closing,
    optimiser,
    totals,
    inbox,
    retired,
    shared,
    key,
    point,
  }
}

/**
 * A mask never meets a second value: after a new key for the step its values must be the same again, and nothing is sent twice.
 * @throws TributaryError `slr_equivocation`
 */
function shareOnce(before: Shared | null, now: Shared, { manifest }: VerticalSurroundings): readonly VerticalEffect[] {
  if (before !== null && before.step === now.step && before.point === now.point) {
    if (JSON.stringify(before.values) === JSON.stringify(now.values)) return []
    throw new TributaryError('slr_equivocation', { from: keyServiceName(manifest), place: `the numbers of step ${now.step}` })
  }
  return [send([keyServiceName(manifest)], now.step, { kind: 'share', body: { values: now.values }, parts: [] })]
}

/**
 * After a new key for the step the others may be done before d has come again to a party without columns: its share is there from
 * before, and nothing else is missing.
 */
export const sharedBefore =
  <Kind extends MessageKind>(take: (state: Deciding, mail: Mail<Kind>, around: VerticalSurroundings) => PartyTransition) =>
  (state: AwaitingResidual, mail: Mail<Kind>, around: VerticalSurroundings): PartyTransition => {
    const point = openedPoint(around.manifest.settings.optimiser.name, state.step, state.closing)
    const hasShared = state.shared?.step === state.step && state.shared.point === point
    if (!hasShared || tableOf(around).columns.length > 0) return outOfPlace(state, mail)
    const again = shareAt({ state, effects: [] }, point, around)
    const taken = take(again.state, mail, around)
    if (taken.refusal !== undefined) return refuse(state, taken.refusal)
    return { state: taken.state, effects: [...again.effects, ...taken.effects] }
  }

/** Moves by the key service's decision, which must follow from its totals. */
export function takeDecision(state: Deciding, mail: Mail<'decide'>, around: VerticalSurroundings): PartyTransition {
  const { from, step, body } = mail
  const { manifest } = around
  const { settings } = manifest
  const { point } = state
  if (from !== keyServiceName(manifest) || step !== state.step || point === 'closing' || point === 'exponent') {
    return outOfPlace(state, mail)
  }
  // The decision of the step's other point has other totals.
  const names = sharedAt(settings.optimiser.name, point)
  if (Object.keys(body.totals).length !== names.length || names.some((name) => body.totals[name] === undefined)) {
    return outOfPlace(state, mail)
  }
  const heads = seeHead(state.heads, body.head, around)
  const { totals, decision } = decide(point, state.totals, body.totals, settings, state.rows, step)
  const follows =
    body.alpha === decision.alpha &&
    body.beta === decision.beta &&
    body.restart === decision.restart &&
    body.f === decision.f &&
    (point === 'direction' ? body.next === 'share' : body.next === 'close' || (body.next === 'step' && !decision.stop))
  if (!follows) throw outOfRange(step, "the key service's decision does not follow from its totals")
  const optimiser = move(state.optimiser, point, decision, ownPart(around), settings.optimiser, partiesWithColumns(manifest))
  const moved: Deciding = { ...state, heads, totals, optimiser }
  if (body.next === 'share') return shareAt({ state: moved, effects: [] }, 'residual', around)
  const notice: VerticalEffect = { type: 'tell', notice: { kind: 'step', step, f: totals.f, closing: false } }
  const waiting = awaitingKey(moved, body.next === 'close')
  const left = state.inbox.filter((entry) => entry.step <= step && entry.keyId !== state.key.keyId)
  const effects: VerticalEffect[] = [notice]
  if (left.length > 0) effects.push({ type: 'forget', blobs: [], messages: left.map(({ ref }) => ref) })
  if (body.next === 'step') return { state: waiting, effects }
  return shareExponent({ state: waiting, effects }, around)
}

/** The next step, with what came early for it. */
function awaitingKey(state: Deciding, closing: boolean): AwaitingKey {
  const { clock, heads, rows, optimiser, totals } = state
  const step = state.step + 1
  const inbox = state.inbox.filter((entry) => entry.step >= step)
  return {
    phase: 'awaitingKey',
    clock,
    heads,
    rows,
    step,
    closing,
    optimiser,
    totals,
    inbox,
    retired: [],
    shared: null,
  }
}

/** Tells how much X_j·w_j must be shrunk for the closing step. */
function shareExponent(
  { state, effects }: { readonly state: AwaitingKey; readonly effects: readonly VerticalEffect[] },
  around: VerticalSurroundings,
): PartyTransition {
  const { columns, rows } = tableOf(around)
  const group = dataParties(around.manifest)
  const exponent = ownExponent(norm(timesColumns(columns, state.optimiser.w, rows)), rows, group.length, state.step)
  const mask = ownMask(around, group, state.step, 'exponent')
  const values = { exponent: masked(encodeExponent(exponent, group.length), mask) }
  const shared: Shared = { step: state.step, point: 'exponent', values }
  return { state: { ...state, shared }, effects: [...effects, ...shareOnce(null, shared, around)] }
}

/** The key service's last word: the run is done. */
export function takeEnd(state: Deciding, mail: Mail<'done'>, around: VerticalSurroundings): PartyTransition {
  const { from, step, body } = mail
  if (from !== keyServiceName(around.manifest) || step !== state.step || state.point !== 'closing') return outOfPlace(state, mail)
  const { clock, rows, optimiser, totals } = state
  const converged = isConverged(body, totals, around.manifest.settings.optimiser.name, rows)
  if (body.converged !== converged || body.steps !== step)
    throw outOfRange(step, "the key service's result does not follow from its totals")
  const table = tableOf(around)
  const isLabelParty = table.label !== null
  const outcome: PartyOutcome = {
    converged: body.converged,
    names: table.names,
    weights: optimiser.w,
    means: table.means,
    deviations: table.deviations,
    dropped: table.dropped,
    intercept: isLabelParty ? table.labelMean : null,
    labelDeviation: isLabelParty ? table.labelDeviation : null,
    f: body.f,
    loss: body.loss,
    steps: body.steps,
  }
  const done: Done = {
    phase: 'done',
    clock,
    heads: seeHead(state.heads, body.head, around),
    rows,
    outcome,
    predictions: noPredictions,
  }
  const answered = answerEarly(done, state, around)
  return {
    state: answered.state,
    effects: [
      { type: 'tell', notice: { kind: 'step', step, f: body.f, closing: true } },
      { type: 'finish', outcome },
      ...answered.effects,
    ],
  }
}
