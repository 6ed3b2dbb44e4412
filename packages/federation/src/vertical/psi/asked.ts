import type { VerticalEffect, VerticalSurroundings } from '../effects.ts'
import type { Job } from '../jobs.ts'
import { wholeSet } from './chunks.ts'
import { PSI_CHUNK_POINTS, type PsiState, type RelayedSet } from './state.ts'

type Asked = Extract<VerticalEffect, { type: 'job' }>

const ask = (id: string, job: Job): Asked => ({ type: 'job', id, job })

export const maskJobId = (owner: string, index: number): string => `psi-mask:${owner}:${index}`

export const maskJob = (scalar: string, owner: string, index: number, ref: string): Asked =>
  ask(maskJobId(owner, index), { kind: 'psi-mask', scalar, set: ref })

const maskJobs = (scalar: string, relayed: readonly RelayedSet[]): Asked[] =>
  relayed.flatMap(({ owner, waiting }) => waiting.map(({ index, ref }) => maskJob(scalar, owner, index, ref)))

/** The job by which a state goes on; null where it waits for messages. */
export function ownJob(state: PsiState, { run, manifest }: VerticalSurroundings): Asked | null {
  const chunk = PSI_CHUNK_POINTS
  switch (state.phase) {
    case 'masking':
      return ask('psi-own', { kind: 'psi-own', scalar: state.scalar, run, rule: manifest.settings.idRule, chunk })
    case 'sorting':
      return ask('psi-sort', { kind: 'psi-sort', chunks: wholeSet(state.own) ?? [], chunk })
    case 'intersecting':
      return ask('psi-intersect', { kind: 'psi-intersect', sets: state.finals.map((set) => wholeSet(set) ?? []), chunk })
    case 'locating':
      return ask('psi-rows', { kind: 'psi-rows', common: state.common })
    default:
      return null
  }
}

/** Every job that a state waits for: what is asked again after a restart. */
export function askedJobs(state: PsiState, around: VerticalSurroundings): readonly Asked[] {
  const own = ownJob(state, around)
  const masks = 'relayed' in state ? maskJobs(state.scalar, state.relayed) : []
  return own === null ? masks : [own, ...masks]
}
