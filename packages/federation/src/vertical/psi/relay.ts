import { createSha256, type IdRule, TributaryError } from '@tributary/protocol'
import type { VerticalSurroundings } from '../effects.ts'
import { maskJob, maskJobId } from './asked.ts'
import { malformedChunk, outOfPlace, placeTaken } from './chunks.ts'
import type { Incoming, PsiEvents } from './event-cells.ts'
import { hasIndex, isFull, NO_INDICES, withIndex } from './index-set.ts'
import { placeInRing } from './ring.ts'
import type { PsiState, PsiTransition, RelayedSet } from './state.ts'
import { fail, forgetMessages, refuse, send, stay } from './steps.ts'

export type CirclingState = Extract<PsiState, { readonly relayed: readonly RelayedSet[] }>

/** SHA-256 of the rule's canonical JSON (RFC 8785: keys in order, no blanks). */
export function ruleSha256({ caseFold, removeSpaces, trim }: IdRule): string {
  const json = JSON.stringify({ caseFold, removeSpaces, trim })
  return createSha256().update(new TextEncoder().encode(json)).hex()
}

/** Whether a set has gone on whole. */
export const isRelayed = ({ came, chunks, waiting }: RelayedSet): boolean => isFull(came, chunks) && waiting.length === 0

/** Whether every other party's set has been masked here and handed on. */
export const allRelayed = ({ relayed }: CirclingState, { manifest, me }: VerticalSurroundings): boolean =>
  relayed.length === placeInRing(manifest, me).size - 1 && relayed.every(isRelayed)

/** What holds for each chunk on the ring, whoever owns it: sender, place, rule, size. null: all is well. */
export function checkRingChunk(
  state: CirclingState,
  incoming: Incoming<'psi-set'>,
  around: VerticalSurroundings,
): PsiTransition | null {
  const { from, step, body } = incoming
  const { settings } = around.manifest
  const { size, previous, distanceFrom } = placeInRing(around.manifest, around.me)
  const distance = distanceFrom(body.owner)
  // The own set is home after m − 1 hops; another's has been masked by those between its owner and here.
  if (step !== 0 || from !== previous || distance === null || body.hops !== (distance === 0 ? size : distance) - 1) {
    return refuse(state, outOfPlace(incoming, state.phase))
  }
  if (body.ruleSha256 !== ruleSha256(settings.idRule))
    return fail(state, new TributaryError('psi_rule_mismatch', { name: from }), incoming.ref)
  if (body.total > settings.maximumIds) {
    const details = { name: body.owner, actual: body.total, limit: settings.maximumIds }
    return fail(state, new TributaryError('psi_too_many_ids', details), incoming.ref)
  }
  const malformed = malformedChunk(incoming)
  return malformed === null ? null : refuse(state, malformed)
}

/** A chunk of another party's set, already checked: masked by a job, then handed on. */
export function relay(state: CirclingState, incoming: Incoming<'psi-set'>): PsiTransition {
  const { kind, body, ref } = incoming
  const { owner, index, total, chunks } = body
  const known = state.relayed.find((set) => set.owner === owner)
  if (known !== undefined && known.total !== total) {
    const reason = `the set has ${known.total} points, not ${total}`
    return refuse(state, new TributaryError('message_malformed', { kind, reason }))
  }
  const set = known ?? { owner, total, chunks, came: NO_INDICES, waiting: [] }
  if (hasIndex(set.came, index)) {
    const held = set.waiting.find((chunk) => chunk.index === index)
    const other = held === undefined || held.ref === ref ? null : held.ref
    return refuse(state, placeTaken(incoming, other, state.phase))
  }
  const next = { ...set, came: withIndex(set.came, index), waiting: [...set.waiting, { index, ref }] }
  return { state: withRelayed(state, next), effects: [maskJob(state.scalar, owner, index, ref)] }
}

/** A chunk is masked: on to the next of the ring. */
export function handOn(
  state: CirclingState,
  { job, points }: PsiEvents['chunkMasked'],
  around: VerticalSurroundings,
): PsiTransition {
  for (const set of state.relayed) {
    const { owner, chunks, total, waiting } = set
    const chunk = waiting.find(({ index }) => maskJobId(owner, index) === job)
    if (chunk === undefined) continue
    const { next, distanceFrom } = placeInRing(around.manifest, around.me)
    const hops = distanceFrom(owner) ?? 0
    const body = { owner, index: chunk.index, chunks, total, hops, ruleSha256: ruleSha256(around.manifest.settings.idRule) }
    return {
      state: withRelayed(state, { ...set, waiting: waiting.filter((other) => other !== chunk) }),
      effects: [send([next], { kind: 'psi-set', body, parts: [points] }), ...forgetMessages([chunk.ref])],
    }
  }
  return stay(state)
}

function withRelayed(state: CirclingState, set: RelayedSet): CirclingState {
  return { ...state, relayed: [...state.relayed.filter(({ owner }) => owner !== set.owner), set] }
}
