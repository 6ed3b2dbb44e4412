import { TributaryError } from '@tributary/protocol'
import type { PhaseTable } from '../../phase-table.ts'
import type { VerticalSurroundings } from '../effects.ts'
import { labelPartyName } from '../run/roles.ts'
import { askedJobs, ownJob } from './asked.ts'
import { outOfPlace } from './chunks.ts'
import type { Incoming, PsiEvents } from './event-cells.ts'
import { align, takeCommon, takeFinal, tellCommon } from './intersection.ts'
import { giveFinal, sendOwn, takeSet } from './own-set.ts'
import { handOn } from './relay.ts'
import { placeInRing } from './ring.ts'
import type { PsiState, PsiTransition } from './state.ts'
import { fail, failedJob, heldMessages, PSI_BLOBS, refuse, stay } from './steps.ts'

export type PsiTable = PhaseTable<PsiState, PsiEvents, VerticalSurroundings, PsiTransition>

const same = (state: PsiState): PsiTransition => stay(state)
/** Late, early or repeated mail: refused by name, nothing changes. */
const late = (state: PsiState, incoming: Incoming): PsiTransition => refuse(state, outOfPlace(incoming, state.phase))

function begin({ scalar }: Extract<PsiState, { phase: 'idle' }>, _: null, around: VerticalSurroundings): PsiTransition {
  const state = { phase: 'masking', scalar, relayed: [], finals: [] } as const
  const job = ownJob(state, around)
  return { state, effects: job === null ? [] : [job] }
}

function jobFailed(state: PsiState, { job, error }: PsiEvents['jobFailed'], around: VerticalSurroundings): PsiTransition {
  const asked = askedJobs(state, around).find(({ id }) => id === job)
  if (asked === undefined) return stay(state)
  return failedJob(state, error, culprit(state, error, around))
}

/** Who sent the points that a failed job was given: the neighbour on the ring, the owner of a final set, the label party. */
function culprit(state: PsiState, { details }: PsiEvents['jobFailed']['error'], { manifest, me }: VerticalSurroundings): string {
  if (state.phase === 'locating') return labelPartyName(manifest)
  if (state.phase !== 'intersecting') return placeInRing(manifest, me).previous
  return state.finals[Number(details.set)]?.owner ?? me
}

/** Chunks are read by the hash of their message; one that has gone on is missed by nobody. */
const lost = (state: PsiState, { blob }: PsiEvents['lost'], { me }: VerticalSurroundings): PsiTransition =>
  [...PSI_BLOBS, ...heldMessages(state)].includes(blob)
    ? fail(state, new TributaryError('slr_aborted', { name: me, reason: `what it stored as ${blob} is gone` }))
    : stay(state)

const resting = {
  begin: same,
  set: late,
  final: late,
  common: late,
  ownMasked: same,
  chunkMasked: same,
  sorted: same,
  intersected: same,
  located: same,
  jobFailed: same,
  lost: same,
} as const

const circling = { ...resting, set: takeSet, final: takeFinal, chunkMasked: handOn, jobFailed, lost } as const

export const psiTable: PsiTable = {
  idle: { ...resting, begin },
  masking: { ...circling, ownMasked: sendOwn },
  circling,
  sorting: { ...circling, sorted: giveFinal },
  gathering: { ...circling, common: takeCommon },
  intersecting: { ...resting, intersected: tellCommon, jobFailed, lost },
  locating: { ...resting, located: align, jobFailed, lost },
  aligned: resting,
  failed: resting,
}
