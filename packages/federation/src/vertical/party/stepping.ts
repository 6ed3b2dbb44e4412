import { TributaryError } from '@tributary/protocol'
import type { VerticalEffect, VerticalSurroundings } from '../effects.ts'
import type { Job } from '../jobs.ts'
import { openedPoint } from '../optimisers/point.ts'
import { newestHead, seeHead } from '../run/heads.ts'
import type { Mail, Result } from '../run/mail.ts'
import { featureParties, keyServiceName, labelPartyName } from '../run/roles.ts'
import { layoutOf, ownValues, tableOf, wrongSize } from './own-part.ts'
import { shareAt } from './sharing.ts'
import type { AwaitingResidual, Combining, Encrypting, Gathering, PartyState, Requesting, StepKey, Stepping } from './state.ts'
import { EARLY_LIMIT, equivocation, outOfPlace, type PartyTransition, refuse, send, stay } from './steps.ts'

export type Keyed = Extract<Stepping, { readonly key: StepKey }>

/** Job ids hold the key's id: a result for a key that was replaced is nobody's. */
const jobId = ({ key }: Keyed, kind: 'encrypt' | 'combine' | 'request'): string => `${kind}:${key.keyId}`

const isLabelParty = ({ manifest, me }: VerticalSurroundings): boolean => labelPartyName(manifest) === me

/** The job by which a step goes on; null where it waits for mail. */
export function stepJob(state: Stepping, around: VerticalSurroundings): Extract<VerticalEffect, { type: 'job' }> | null {
  const { he } = around.manifest
  const ask = (state: Keyed, job: Extract<Job, { kind: 'encrypt' | 'combine' | 'request' }>) =>
    ({ type: 'job', id: jobId(state, job.kind), job }) as const
  switch (state.phase) {
    case 'encrypting':
      return ask(state, { kind: 'encrypt', values: ownValues(state, around), publicKeys: state.key.ref, he })
    case 'combining': {
      const inputs = current(state).map(({ ref }) => ref)
      return ask(state, { kind: 'combine', inputs, values: ownValues(state, around), publicKeys: state.key.ref, he })
    }
    case 'requesting': {
      const label = isLabelParty(around)
      // With one feature party only: its u could be taken out of d again by who knows its randomness.
      const ownU = !label && state.step > 0 && featureParties(around.manifest).length === 1 ? 'own-u' : null
      const d = label ? null : (current(state)[0]?.ref ?? null)
      return ask(state, { kind: 'request', d, ownU, publicKeys: state.key.ref, he })
    }
    default:
      return null
  }
}

/** Blobs without which the work at hand cannot be done. */
export function neededBlobs(state: PartyState, around: VerticalSurroundings): readonly string[] {
  if (state.phase === 'preparing') return ['alignment']
  if (state.phase !== 'requesting') return ['table']
  return ['table', isLabelParty(around) ? 'own-d' : 'own-u']
}

/** u and d under the step's key. */
const current = ({ inbox, key }: Keyed) => inbox.filter(({ keyId }) => keyId === key.keyId)

/** The key of the open step, or another one in its place when the key service lost it. */
export function takeKey(state: Stepping, mail: Mail<'step-key'>, around: VerticalSurroundings): PartyTransition {
  const { from, step, body, ref } = mail
  const { keyId, publicKeySha256, closing, exponent, head } = body
  if (from !== keyServiceName(around.manifest) || step !== state.step) return outOfPlace(state, mail)
  if (closing !== state.closing || (!closing && exponent !== 0) || state.retired.includes(keyId)) return outOfPlace(state, mail)
  const old = 'key' in state ? state.key : null
  if (old?.keyId === keyId) return old.ref === ref ? stay(state) : equivocation(state, from, `step-key ${keyId}`)
  const { publicKeys, publicKeyBytes } = layoutOf(around, state.rows)
  const size = wrongSize(mail.partBytes, publicKeys, publicKeyBytes)
  if (size !== null) return refuse(state, size)
  if (old !== null && !mayBeReplaced(state, around)) return outOfPlace(state, mail)
  // What it says of the key and what it sent must be one, or two parties could be shown two keys.
  if (publicKeySha256 !== mail.partsSha256) throw new TributaryError('key_mismatch', { step })
  const { inbox, effects } = dropKey(state)
  const key: StepKey = { keyId, publicKeySha256, ref, closing, exponent }
  const base = {
    clock: state.clock,
    rows: state.rows,
    step,
    closing,
    optimiser: state.optimiser,
    totals: state.totals,
    shared: state.shared,
    heads: seeHead(state.heads, head, around),
    retired: old === null ? state.retired : [...state.retired, old.keyId],
    inbox,
    key,
  }
  const first = isLabelParty(around) ? 'gathering' : step === 0 ? 'awaitingResidual' : 'encrypting'
  return advance({ state: { ...base, phase: first }, effects }, around)
}

/** A key can be lost only before the first decision of its step. */
function mayBeReplaced(state: Stepping, { manifest }: VerticalSurroundings): boolean {
  return state.phase !== 'deciding' || state.point === openedPoint(manifest.settings.optimiser.name, state.step, state.closing)
}

function dropKey(state: Stepping): { readonly inbox: Stepping['inbox']; readonly effects: readonly VerticalEffect[] } {
  if (!('key' in state)) return { inbox: state.inbox, effects: [] }
  const gone = current(state)
  const messages = [...gone.map(({ ref }) => ref), state.key.ref]
  return {
    inbox: state.inbox.filter((entry) => !gone.includes(entry)),
    effects: [{ type: 'forget', blobs: ['own-u', 'own-d'], messages }],
  }
}

/** u at the label party, d at a feature party: of this step, or of the next one when the own mail is late. */
export function takeCiphertexts(state: Stepping, mail: Mail<'u'> | Mail<'d'>, around: VerticalSurroundings): PartyTransition {
  const { kind, from, step, body, ref } = mail
  const { manifest } = around
  const isRight = isLabelParty(around)
    ? kind === 'u' && featureParties(manifest).includes(from) && step > 0
    : kind === 'd' && from === labelPartyName(manifest)
  if (!isRight || (step !== state.step && step !== state.step + 1) || state.retired.includes(body.keyId)) {
    return outOfPlace(state, mail)
  }
  const known = state.inbox.find((entry) => entry.from === from && entry.keyId === body.keyId)
  if (known !== undefined) return known.ref === ref ? stay(state) : equivocation(state, from, `${kind} under ${body.keyId}`)
  const { vectorCiphertexts, ciphertextBytes } = layoutOf(around, state.rows)
  const size = wrongSize(mail.partBytes, vectorCiphertexts, ciphertextBytes)
  if (size !== null) return refuse(state, size)
  if (state.inbox.filter((entry) => entry.from === from).length >= EARLY_LIMIT) return outOfPlace(state, mail)
  const heads = seeHead(state.heads, body.head, around)
  const entry = { from, step, keyId: body.keyId, publicKeySha256: body.publicKeySha256, ref }
  // Who decides already needs nothing of it but its key, which must be the own one.
  const isNeeded = state.phase !== 'deciding' || body.keyId !== state.key.keyId
  const effects: VerticalEffect[] = isNeeded ? [] : [{ type: 'forget', blobs: [], messages: [ref] }]
  return advance({ state: { ...state, heads, inbox: [...state.inbox, entry] }, effects }, around)
}

/** Goes on when everything that the phase waits for is there. */
export function advance(
  { state, effects }: { readonly state: Stepping; readonly effects: readonly VerticalEffect[] },
  around: VerticalSurroundings,
): PartyTransition {
  if ('key' in state && current(state).some((entry) => entry.publicKeySha256 !== state.key.publicKeySha256)) {
    throw new TributaryError('key_mismatch', { step: state.step })
  }
  const next = nextPhase(state, around)
  if (next === null) return { state, effects }
  if (next.phase === 'requesting' && tableOf(around).columns.length === 0) {
    return shareAt(
      { state: next, effects },
      openedPoint(around.manifest.settings.optimiser.name, state.step, state.closing),
      around,
    )
  }
  const job = stepJob(next, around)
  return { state: next, effects: job === null ? effects : [...effects, job] }
}

function nextPhase(state: Stepping, { manifest }: VerticalSurroundings): Encrypting | Combining | Requesting | null {
  switch (state.phase) {
    case 'encrypting':
      return state
    case 'gathering':
      return hasAllInputs(state, featureParties(manifest)) ? { ...state, phase: 'combining' } : null
    case 'awaitingResidual':
      return current(state).length > 0 ? { ...state, phase: 'requesting' } : null
    default:
      return null
  }
}

const hasAllInputs = (state: Gathering, parties: readonly string[]): boolean =>
  state.step === 0 || parties.every((name) => current(state).some(({ from }) => from === name))

/** What u, d and open say of the key. */
function underKey({ key }: Keyed) {
  return { keyId: key.keyId, publicKeySha256: key.publicKeySha256 }
}

function headOf(state: Keyed) {
  const head = newestHead(state.heads)
  if (head === null) throw new TributaryError('audit_broken', { seq: 0, reason: 'the key service has shown no head' })
  return head
}

export function sendOwn(state: Encrypting, { job, result }: Result<'encrypt'>, around: VerticalSurroundings): PartyTransition {
  if (job !== jobId(state, 'encrypt')) return stay(state)
  const { parts } = result
  const body = { ...underKey(state), head: headOf(state) }
  const next: AwaitingResidual = { ...state, phase: 'awaitingResidual' }
  const effects: VerticalEffect[] = [
    { type: 'keep', blob: 'own-u', parts },
    send([labelPartyName(around.manifest)], state.step, { kind: 'u', body, parts }),
  ]
  return advance({ state: next, effects }, around)
}

export function sendResidual(
  state: Combining,
  { job, result }: Result<'combine'>,
  around: VerticalSurroundings,
): PartyTransition {
  if (job !== jobId(state, 'combine')) return stay(state)
  const { parts } = result
  const body = { ...underKey(state), head: headOf(state) }
  const effects: VerticalEffect[] = [
    { type: 'keep', blob: 'own-d', parts },
    send(featureParties(around.manifest), state.step, { kind: 'd', body, parts }),
  ]
  const next: Requesting = { ...state, phase: 'requesting' }
  if (tableOf(around).columns.length === 0) {
    return shareAt(
      { state: next, effects },
      openedPoint(around.manifest.settings.optimiser.name, state.step, state.closing),
      around,
    )
  }
  const ask = stepJob(next, around)
  return { state: next, effects: ask === null ? effects : [...effects, ask] }
}

export function sendRequest(
  state: Requesting,
  { job, result }: Result<'request'>,
  around: VerticalSurroundings,
): PartyTransition {
  if (job !== jobId(state, 'request')) return stay(state)
  const { parts, maskSums } = result
  const body = { ...underKey(state), numbers: maskSums.length }
  return {
    state: { ...state, phase: 'awaitingOpened', maskSums },
    effects: [send([keyServiceName(around.manifest)], state.step, { kind: 'open', body, parts })],
  }
}
