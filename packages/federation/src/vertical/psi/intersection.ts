import { TributaryError } from '@tributary/protocol'
import type { VerticalSurroundings } from '../effects.ts'
import { labelPartyName } from '../run/roles.ts'
import { ownJob } from './asked.ts'
import { chunksOf, emptyGathering, gather, malformedChunk, outOfPlace, wholeSet } from './chunks.ts'
import type { Incoming, PsiEvents } from './event-cells.ts'
import { allRelayed, type CirclingState, isRelayed } from './relay.ts'
import { ringOf } from './ring.ts'
import type { PsiState, PsiTransition } from './state.ts'
import { forgetMessages, heldMessages, PSI_BLOBS, refuse, send, stay } from './steps.ts'

type In<Phase extends PsiState['phase']> = Extract<PsiState, { phase: Phase }>

const featuresOf = ({ manifest }: VerticalSurroundings): readonly string[] =>
  ringOf(manifest)
    .filter((party) => party.role === 'feature')
    .map((party) => party.name)

/** Label party: a chunk of a feature party's fully masked set. That set went through here, so its size is known. */
export function takeFinal(state: CirclingState, incoming: Incoming<'psi-final'>, around: VerticalSurroundings): PsiTransition {
  const { from, step, kind, body } = incoming
  const through = state.relayed.find((set) => set.owner === body.owner)
  const fits = step === 0 && around.me === labelPartyName(around.manifest) && from === body.owner
  if (!fits || through === undefined || !isRelayed(through)) return refuse(state, outOfPlace(incoming, state.phase))
  if (body.total !== through.total) {
    const reason = `the set has ${through.total} points, not ${body.total}`
    return refuse(state, new TributaryError('message_malformed', { kind, reason }))
  }
  const malformed = malformedChunk(incoming)
  if (malformed !== null) return refuse(state, malformed)
  const known = state.finals.find((set) => set.owner === from) ?? emptyGathering(from, through.total)
  const gathered = gather(known, incoming, state.phase)
  if (gathered instanceof TributaryError) return refuse(state, gathered)
  const next = { ...state, finals: [...state.finals.filter((set) => set.owner !== from), gathered] }
  return next.phase === 'gathering' ? intersectWhenWhole(next, around) : { state: next, effects: [] }
}

/** Label party: intersects once every feature party's set is in and the own one is home. */
export function intersectWhenWhole(state: In<'gathering'>, around: VerticalSurroundings): PsiTransition {
  const { finals, total } = state
  const isWhole = finals.length === featuresOf(around).length && finals.every((set) => wholeSet(set) !== null)
  if (around.me !== labelPartyName(around.manifest) || !isWhole) return stay(state)
  return goOn({ phase: 'intersecting', total, finals }, around)
}

/** Label party: tells the common values, sorted, and finds its own rows. */
export function tellCommon(
  state: In<'intersecting'>,
  { chunks, total }: PsiEvents['intersected'],
  around: VerticalSurroundings,
): PsiTransition {
  const set = { owner: around.me, chunks: chunksOf(total), total }
  const to = featuresOf(around)
  const sends =
    total === 0
      ? [send(to, { kind: 'psi-common', body: { ...set, index: 0 }, parts: [] })]
      : chunks.map((points, index) => send(to, { kind: 'psi-common', body: { ...set, index }, parts: [points] }))
  const further = goOn({ phase: 'locating', total: state.total, common: null }, around)
  return { state: further.state, effects: [...sends, ...forgetMessages(heldMessages(state)), ...further.effects] }
}

/** Feature party: a chunk of the common values; never before every set has gone through here, never more than the smallest set. */
export function takeCommon(
  state: In<'gathering'>,
  incoming: Incoming<'psi-common'>,
  around: VerticalSurroundings,
): PsiTransition {
  const { from, step, kind, body } = incoming
  const label = labelPartyName(around.manifest)
  const fits = step === 0 && around.me !== label && from === label && body.owner === label
  if (!fits || !allRelayed(state, around)) return refuse(state, outOfPlace(incoming, state.phase))
  const smallest = Math.min(state.total, ...state.relayed.map((set) => set.total))
  if (body.total > smallest) {
    const reason = `${body.total} common values where the smallest set has ${smallest}`
    return refuse(state, new TributaryError('message_malformed', { kind, reason }))
  }
  const malformed = malformedChunk(incoming)
  if (malformed !== null) return refuse(state, malformed)
  const common = gather(state.common ?? emptyGathering(label, body.total), incoming, state.phase)
  if (common instanceof TributaryError) return refuse(state, common)
  const whole = wholeSet(common)
  if (whole === null) return { state: { ...state, common }, effects: [] }
  const further = goOn({ phase: 'locating', total: state.total, common: whole }, around)
  // The message of an empty intersection has no chunk that a job could want.
  return body.total > 0 ? further : { ...further, effects: [...forgetMessages([incoming.ref]), ...further.effects] }
}

/** The rows are found; nothing of the sets is kept. */
export function align(state: In<'locating'>, { rows, listSha256, weightsSha256 }: PsiEvents['located']): PsiTransition {
  return {
    state: { phase: 'aligned', rows, listSha256, weightsSha256 },
    effects: [{ type: 'forget', blobs: PSI_BLOBS, messages: heldMessages(state) }],
  }
}

function goOn(state: PsiState, around: VerticalSurroundings): PsiTransition {
  const job = ownJob(state, around)
  return { state, effects: job === null ? [] : [job] }
}
