import { TributaryError } from '@tributary/protocol'
import type { VerticalSurroundings } from '../effects.ts'
import { labelPartyName } from '../run/roles.ts'
import { ownJob } from './asked.ts'
import { chunksOf, emptyGathering, gather, outOfPlace, wholeSet } from './chunks.ts'
import type { Incoming, PsiEvents } from './event-cells.ts'
import { intersectWhenWhole } from './intersection.ts'
import { type CirclingState, checkRingChunk, relay, ruleSha256 } from './relay.ts'
import { placeInRing } from './ring.ts'
import type { PsiState, PsiTransition } from './state.ts'
import { fail, forgetMessages, refuse, send } from './steps.ts'

type In<Phase extends PsiState['phase']> = Extract<PsiState, { phase: Phase }>

/** The own points are masked and sorted: off they go to the next of the ring. */
export function sendOwn(
  state: In<'masking'>,
  { chunks, total }: PsiEvents['ownMasked'],
  around: VerticalSurroundings,
): PsiTransition {
  const { me, manifest } = around
  const limit = manifest.settings.maximumIds
  if (total > limit) return fail(state, new TributaryError('psi_too_many_ids', { name: me, actual: total, limit }))
  const { next } = placeInRing(manifest, me)
  const set = { owner: me, chunks: chunksOf(total), total, hops: 0, ruleSha256: ruleSha256(manifest.settings.idRule) }
  return {
    state: { ...state, phase: 'circling', own: emptyGathering(me, total) },
    effects: chunks.map((points, index) => send([next], { kind: 'psi-set', body: { ...set, index }, parts: [points] })),
  }
}

/** A chunk on the ring: another party's is masked and handed on, the own one is home and gathered. */
export function takeSet(state: CirclingState, incoming: Incoming<'psi-set'>, around: VerticalSurroundings): PsiTransition {
  const problem = checkRingChunk(state, incoming, around)
  if (problem !== null) return problem
  if (incoming.body.owner !== around.me) return relay(state, incoming)
  return state.phase === 'circling' ? bringHome(state, incoming, around) : refuse(state, outOfPlace(incoming, state.phase))
}

function bringHome(state: In<'circling'>, incoming: Incoming<'psi-set'>, around: VerticalSurroundings): PsiTransition {
  const own = gather(state.own, incoming, state.phase)
  if (own instanceof TributaryError) return refuse(state, own)
  if (wholeSet(own) === null) return { state: { ...state, own }, effects: [] }
  const sorting = { ...state, phase: 'sorting', own } as const
  const job = ownJob(sorting, around)
  return { state: sorting, effects: job === null ? [] : [job] }
}

/** The own set bears every party's mask: a feature party gives it, sorted, to the label party; that one keeps it. */
export function giveFinal(
  state: In<'sorting'>,
  { chunks, total }: PsiEvents['sorted'],
  around: VerticalSurroundings,
): PsiTransition {
  const { scalar, relayed, finals, own } = state
  const label = labelPartyName(around.manifest)
  const set = { owner: around.me, chunks: chunksOf(total), total }
  const sends =
    around.me === label
      ? []
      : chunks.map((points, index) => send([label], { kind: 'psi-final', body: { ...set, index }, parts: [points] }))
  const gathering = { phase: 'gathering', scalar, relayed, finals, total, common: null } as const
  const further = intersectWhenWhole(gathering, around)
  return { state: further.state, effects: [...sends, ...forgetMessages(wholeSet(own) ?? []), ...further.effects] }
}
