import type { MessageBody, SignedHead } from '@tributary/protocol'
import type { PartyOutcome } from '../effects.ts'
import type { MessageRef } from '../jobs.ts'
import type { Point } from '../optimisers/point.ts'
import type { OptimiserState } from '../optimisers/state.ts'
import type { Totals } from '../optimisers/totals.ts'
import type { Predictions } from '../prediction/state.ts'
import type { PsiState } from '../psi/index.ts'
import type { Clock } from '../run/clock.ts'

/*
 * A data party of a run (A_j, or B with the label); JSON-serialisable.
 *
 * aligning ──rows found──▶ comparing ──all lists equal──▶ preparing ──table──▶ awaitingKey
 * awaitingKey ──step key──▶ (A_j) encrypting ──u sent──▶ awaitingResidual ──d──▶ requesting ──asked──▶ awaitingOpened
 *                           (B)   gathering ──all u──▶ combining ──d sent──▶ requesting
 * awaitingOpened ──numbers, share sent──▶ deciding ──decision──▶ deciding (next share) | awaitingKey (next step) | done
 * A new key for the open step brings it back to the step's first phase; step 0 has no u. Without columns, what it shared before
 * the new key is all that the others wait for: their decision finds it at awaitingResidual.
 * any of them ──▶ aborted
 */

/** One of the key service's keys for a step, as this party holds it. */
export interface StepKey {
  readonly keyId: string
  /** SHA-256 over the bytes that came. */
  readonly publicKeySha256: string
  readonly ref: MessageRef
  readonly closing: boolean
  readonly exponent: number
}

/** u (at the label party) or d (at a feature party); it may come before this party's own copy of the key. */
export interface Ciphertexts {
  readonly from: string
  readonly step: number
  readonly keyId: string
  readonly publicKeySha256: string
  readonly ref: MessageRef
}

/** What was shared at the open decision point: after a new key the same step gives the same values, under the same masks. */
export interface Shared {
  readonly step: number
  readonly point: Point
  readonly values: Readonly<Record<string, string>>
}

export interface PartyBase {
  readonly clock: Clock
  /** Newest heads of the key service's log that were seen, from whomever, in the order of `seq`. */
  readonly heads: readonly SignedHead[]
}

/** Until all have found the same rows. */
interface Listing extends PartyBase {
  /** Lists of rows as each data party found them, own included. */
  readonly alignments: Readonly<Record<string, MessageBody<'aligned'>>>
}

/** What a party keeps from the first step to the last. */
interface SteppingBase extends PartyBase {
  readonly rows: number
  readonly step: number
  /** This step measures the gradient at the final w. */
  readonly closing: boolean
  readonly optimiser: OptimiserState
  readonly totals: Totals
  readonly inbox: readonly Ciphertexts[]
  /** Key ids of this step that were replaced. */
  readonly retired: readonly string[]
  readonly shared: Shared | null
}
interface Keyed extends SteppingBase {
  readonly key: StepKey
}

export type Aligning = Listing & { readonly phase: 'aligning'; readonly psi: PsiState }
export type Comparing = Listing & { readonly phase: 'comparing' }
export type Preparing = PartyBase & { readonly phase: 'preparing'; readonly rows: number }
export type AwaitingKey = SteppingBase & { readonly phase: 'awaitingKey' }
export type Encrypting = Keyed & { readonly phase: 'encrypting' }
export type AwaitingResidual = Keyed & { readonly phase: 'awaitingResidual' }
export type Gathering = Keyed & { readonly phase: 'gathering' }
export type Combining = Keyed & { readonly phase: 'combining' }
export type Requesting = Keyed & { readonly phase: 'requesting' }
/** `maskSums`: ΣR mod t of each number asked, in decimal; known here alone. */
export type AwaitingOpened = Keyed & { readonly phase: 'awaitingOpened'; readonly maskSums: readonly string[] }
export type Deciding = Keyed & {
  readonly phase: 'deciding'
  readonly point: Point
  /** Predictions that the receiver asked for before the own `done` came; absent where there is none. */
  readonly early?: readonly MessageBody<'predict'>[]
}

export type Done = PartyBase & {
  readonly phase: 'done'
  readonly rows: number
  readonly outcome: PartyOutcome
  readonly predictions: Predictions
}
/** The newest w_j is kept. */
export type Aborted = PartyBase & {
  readonly phase: 'aborted'
  readonly code: string
  readonly w: readonly number[] | null
}

export type Stepping =
  | AwaitingKey
  | Encrypting
  | AwaitingResidual
  | Gathering
  | Combining
  | Requesting
  | AwaitingOpened
  | Deciding
export type PartyState = Aligning | Comparing | Preparing | Stepping | Done | Aborted
