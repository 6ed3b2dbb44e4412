import type { MessageBody, SignedHead } from '@tributary/protocol'
import type { MessageRef } from '../jobs.ts'
import type { Point } from '../optimisers/point.ts'
import type { Totals } from '../optimisers/totals.ts'
import type { Predictions } from '../prediction/state.ts'
import type { Clock } from '../run/clock.ts'

/*
 * The key service of a run (C); JSON-serialisable, without any party's value.
 *
 * idle ──begin──▶ admitting ──all aligned and ready──▶ keying ──key pairs──▶ opening ──every party has its numbers──▶ sharing
 * sharing ──all shares──▶ sharing (pcg's second point) | keying (next step) | scaling ──exponent──▶ keying (closing step) | done
 * opening ──key lost──▶ keying (same step, new key id);   any of them ──▶ aborted
 */

/** A party's opening in a step. `none`: nothing came; `working`: its slot is used; `done`: it has its numbers. */
export type OpeningState =
  | { readonly state: 'none' }
  | { readonly state: 'working' | 'done'; readonly ref: MessageRef }
  /** The party has no columns. */
  | { readonly state: 'idle' }

export interface Admission {
  readonly aligned: MessageBody<'aligned'> | null
  /** p_j after constant columns were dropped; null until the party is ready. */
  readonly features: number | null
}

export interface KeyServiceBase {
  readonly clock: Clock
  /** Newest line of the log. */
  readonly head: SignedHead
}

export interface Quota {
  /** p_j. */
  readonly features: number
  /** Numbers that may still be opened in this run. */
  readonly left: number
}

interface SteppingBase extends KeyServiceBase {
  readonly rows: number
  readonly step: number
  readonly closing: boolean
  readonly exponent: number
  /** Keys made for this step so far; more than one after a loss. */
  readonly attempt: number
  readonly quotas: Readonly<Record<string, Quota>>
  readonly totals: Totals
  /** Shares of the open decision point, by party, as they came: masked. */
  readonly shares: Readonly<Record<string, Readonly<MessageBody<'share'>['values']>>>
}
interface Keyed extends SteppingBase {
  readonly keyId: string
  readonly publicKeySha256: string
  readonly openings: Readonly<Record<string, OpeningState>>
}

export type Idle = { readonly phase: 'idle'; readonly clock: Clock }
export type Admitting = KeyServiceBase & { readonly phase: 'admitting'; readonly admissions: Readonly<Record<string, Admission>> }
export type Keying = SteppingBase & { readonly phase: 'keying' }
export type Opening = Keyed & { readonly phase: 'opening' }
export type Sharing = Keyed & { readonly phase: 'sharing'; readonly point: Point }
/** Between the last step and the closing one: the common exponent is asked. */
export type Scaling = SteppingBase & { readonly phase: 'scaling' }
export type KeyServiceDone = KeyServiceBase & { readonly phase: 'done'; readonly rows: number; readonly predictions: Predictions }
export type KeyServiceAborted = {
  readonly phase: 'aborted'
  readonly clock: Clock
  /** null when the run ended before its log was opened. */
  readonly head: SignedHead | null
  readonly code: string
}

export type KeyServiceState = Idle | Admitting | Keying | Opening | Sharing | Scaling | KeyServiceDone | KeyServiceAborted
