import type { ErrorCode, TributaryError } from '@tributary/protocol'
import type { VerticalEffect } from '../effects.ts'
import type { MessageRef } from '../jobs.ts'
import type { IndexSet } from './index-set.ts'

/** Points of a message; every chunk of a set but its last has so many. */
export const PSI_CHUNK_POINTS = 4_000
/** A compressed point of P-256. */
export const PSI_POINT_BYTES = 33

/** Another party's set on its way through this one: chunks are masked as they come, in any order, and handed on. */
export interface RelayedSet {
  readonly owner: string
  readonly chunks: number
  readonly total: number
  /** Chunks that came. */
  readonly came: IndexSet
  /** Chunks that came and are not yet masked. */
  readonly waiting: readonly { readonly index: number; readonly ref: MessageRef }[]
}

/** A set that is gathered whole; `refs` by index, null where a chunk is missing. */
export interface GatheredSet {
  readonly owner: string
  readonly total: number
  readonly refs: readonly (MessageRef | null)[]
}

interface Circling {
  /** Secret of this run, hex; it leaves the state when every set has been masked with it. */
  readonly scalar: string
  readonly relayed: readonly RelayedSet[]
  /** Label party: fully masked sets of the feature parties. */
  readonly finals: readonly GatheredSet[]
}

/**
 * Private set intersection as one party sees it (JSON-serialisable, no bulk):
 *
 * idle ──begin──▶ masking ──own points──▶ circling ──own set is home──▶ sorting ──▶ gathering
 * gathering (label party: all final sets are in) ──▶ intersecting ──▶ locating ──▶ aligned
 * gathering (feature party: all common values are in) ──▶ locating ──▶ aligned
 * any of them ──▶ failed
 */
export type PsiState =
  | { readonly phase: 'idle'; readonly scalar: string }
  /** Job psi-own runs. */
  | ({ readonly phase: 'masking' } & Circling)
  /** The own set is on its way round the ring. */
  | ({ readonly phase: 'circling'; readonly own: GatheredSet } & Circling)
  /** Job psi-sort runs. */
  | ({ readonly phase: 'sorting'; readonly own: GatheredSet } & Circling)
  /** Label party: waits for final sets. Feature party: has sent its own, waits for the common values. */
  | ({ readonly phase: 'gathering'; readonly total: number; readonly common: GatheredSet | null } & Circling)
  /** Label party: job psi-intersect runs. */
  | { readonly phase: 'intersecting'; readonly total: number; readonly finals: readonly GatheredSet[] }
  /** Job psi-rows runs; `common` null: the label party's own blob `psi-common`. */
  | { readonly phase: 'locating'; readonly total: number; readonly common: readonly MessageRef[] | null }
  | { readonly phase: 'aligned'; readonly rows: number; readonly listSha256: string; readonly weightsSha256: string | null }
  | { readonly phase: 'failed'; readonly code: ErrorCode }

export interface PsiTransition {
  readonly state: PsiState
  /** send, job, forget; never `end` or `wake`: deadlines and the end of the run are the party machine's. */
  readonly effects: readonly VerticalEffect[]
  /** The event was refused (late, repeated, out of place); the state is as it was. */
  readonly refusal?: TributaryError
  /** This step made the state `failed`. */
  readonly failure?: PsiFailure
}

export interface PsiFailure {
  /** For this party's own operator: may name lines of its table. */
  readonly error: TributaryError
  /** What the hub and the others may be told. */
  readonly announced: TributaryError
}
