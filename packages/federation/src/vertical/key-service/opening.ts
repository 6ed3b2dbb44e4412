import { ciphertextLayout, TributaryError } from '@tributary/protocol'
import type { VerticalEffect, VerticalSurroundings } from '../effects.ts'
import { responseSha256 } from '../run/audit-line.ts'
import type { Mail, Result } from '../run/mail.ts'
import { decideWhenComplete } from './deciding.ts'
import { appendLine } from './log.ts'
import type { Opening, OpeningState, Sharing } from './state.ts'
import { equivocation, fail, type KeyServiceTransition, outOfPlace, refuse, stay } from './steps.ts'

const jobId = (keyId: string, party: string): string => `open:${keyId}:${party}`

/** Openings under way: what is asked again after a restart. */
export function openJobs(state: Opening, around: VerticalSurroundings): Extract<VerticalEffect, { type: 'job' }>[] {
  return Object.entries(state.openings).flatMap(([party, opening]) => {
    if (opening.state !== 'working') return []
    const numbers = state.quotas[party]?.features ?? 0
    const job = { kind: 'open', request: opening.ref, numbers, rows: state.rows, he: around.manifest.he } as const
    return [{ type: 'job', id: jobId(state.keyId, party), job } as const]
  })
}

/** Opens once for each party and step, whole lists of p_j numbers, nothing else. */
export function takeRequest(state: Opening | Sharing, mail: Mail<'open'>, around: VerticalSurroundings): KeyServiceTransition {
  const { from, step, body, ref, partBytes } = mail
  const slot = state.openings[from]
  const quota = state.quotas[from]
  if (slot === undefined || quota === undefined) return outOfPlace(state, mail)
  if (step !== state.step || body.keyId !== state.keyId) {
    return refuse(state, new TributaryError('key_wrong_step', { actual: body.keyId, expected: state.keyId }))
  }
  if (body.publicKeySha256 !== state.publicKeySha256) return refuse(state, new TributaryError('key_mismatch', { step }))
  if ('ref' in slot) return slot.ref === ref ? stay(state) : equivocation(state, from, `open under ${state.keyId}`)
  if (state.phase !== 'opening' || slot.state === 'idle') {
    return refuse(state, new TributaryError('key_state', { name: from, state: state.phase }))
  }
  const { features, left } = quota
  const { openings, openingBytes } = ciphertextLayout(around.manifest.he, state.rows)
  const expected = openings(features)
  if (body.numbers !== features || features > left || partBytes.length > expected) {
    return refuse(state, new TributaryError('key_quota', { name: from, asked: body.numbers, left: Math.min(features, left) }))
  }
  if (partBytes.length !== expected || partBytes.some((bytes) => bytes !== openingBytes)) {
    const actual = partBytes.reduce((sum, bytes) => sum + bytes, 0)
    return refuse(state, new TributaryError('he_size', { actual, expected: expected * openingBytes }))
  }
  const next: Opening = {
    ...state,
    openings: { ...state.openings, [from]: { state: 'working', ref } },
    quotas: { ...state.quotas, [from]: { features, left: left - features } },
  }
  return { state: next, effects: openJobs(next, around).filter(({ id }) => id === jobId(state.keyId, from)) }
}

/** A request outside of a step that opens. */
export function noOpening(state: { readonly phase: string }, mail: Mail<'open'>): TributaryError {
  return new TributaryError('key_state', { name: mail.from, state: state.phase })
}

const partyOfJob = ({ openings, keyId }: Opening, job: string): string | undefined =>
  Object.keys(openings).find((party) => jobId(keyId, party) === job && openings[party]?.state === 'working')

/** Slot sums mod t go back, with the receipt: the log's line is the reply's proof. */
export function sendNumbers(state: Opening, { job, result }: Result<'open'>, around: VerticalSurroundings): KeyServiceTransition {
  const party = partyOfJob(state, job)
  const slot = party === undefined ? undefined : state.openings[party]
  if (party === undefined || slot === undefined || !('ref' in slot)) return stay(state)
  const { step, keyId, publicKeySha256 } = state
  const quotaLeft = state.quotas[party]?.left ?? 0
  const numbers = [...result.numbers]
  const { head, entry, effect } = appendLine(
    state.head,
    {
      kind: 'opening',
      party,
      step,
      keyId,
      quotaLeft,
      requestSha256: slot.ref,
      ciphertextsSha256: result.ciphertextsSha256,
      numbersReturned: numbers.length,
      responseSha256: responseSha256(numbers),
    },
    around,
  )
  const done: OpeningState = { state: 'done', ref: slot.ref }
  const next: Opening = { ...state, head, openings: { ...state.openings, [party]: done } }
  const effects: VerticalEffect[] = [
    effect,
    {
      type: 'send',
      to: [party],
      step,
      content: { kind: 'opened', body: { keyId, publicKeySha256, numbers, receipt: entry }, parts: [] },
    },
    { type: 'publish', event: { type: 'opening', step, party, numbers: numbers.length, quotaLeft } },
  ]
  return decideWhenComplete({ state: next, effects }, around)
}

/** One answer for every failure after loading; the slot is used up, so the run cannot go on. */
export function failedOpening(
  state: Opening,
  { job }: { readonly job: string },
  around: VerticalSurroundings,
): KeyServiceTransition {
  const party = partyOfJob(state, job)
  if (party === undefined) return stay(state)
  const slot = state.openings[party]
  const { head, effect } = appendLine(
    state.head,
    {
      kind: 'refused',
      party,
      step: state.step,
      keyId: state.keyId,
      quotaLeft: state.quotas[party]?.left ?? 0,
      requestSha256: slot !== undefined && 'ref' in slot ? slot.ref : null,
      code: 'he_malformed',
    },
    around,
  )
  const failed = fail({ ...state, head }, new TributaryError('he_malformed', {}), around)
  return { ...failed, effects: [effect, ...failed.effects] }
}
