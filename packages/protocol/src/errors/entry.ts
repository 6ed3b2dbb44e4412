/** Who can mend it. */
export type FaultParty = 'institution' | 'coordinator' | 'key-service' | 'admin' | 'researcher' | 'network'

/** Where in the life of a federation it happens. */
export type FaultPhase =
  | 'start'
  | 'sign-in'
  | 'join'
  | 'configure'
  | 'selecting'
  | 'training'
  | 'upload'
  | 'aggregating'
  | 'evaluating'
  | 'approving'
  | 'aligning'
  | 'stepping'
  | 'opening'
  | 'predicting'
  | 'auditing'
  | 'any'

export interface CatalogueEntry {
  /** HTTP status of an answer with this code; 0 when it never is an HTTP answer. */
  readonly status: number
  /** True when the same call may succeed later without a change. */
  readonly retryable: boolean
  readonly party: FaultParty
  readonly phase: FaultPhase
  /** What is wrong, as a sentence; `{name}` is filled from the details. */
  readonly cause: { readonly en: string; readonly zh: string }
  /** What to do about it. */
  readonly nextStep: { readonly en: string; readonly zh: string }
}
