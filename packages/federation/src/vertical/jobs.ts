import type { HeParameters, IdRule } from '@tributary/protocol'

/** A received message or a kept blob, by its hash or name; the shell turns it into bytes. Machines never hold bulk. */
export type MessageRef = string

/**
 * Work that a machine asks for: slow, random or both, done in a worker. A job is idempotent up to its randomness: after a crash
 * before its result was persisted, nothing has left the process and it is done again with fresh randomness.
 */
export type Job =
  /** Ids (shell reads them from the table) → curve points masked by `scalar`, sorted; the permutation is kept as blob `psi-order`. */
  | { readonly kind: 'psi-own'; readonly scalar: string; readonly run: string; readonly rule: IdRule; readonly chunk: number }
  /** Masks a chunk of somebody's set, order kept. */
  | { readonly kind: 'psi-mask'; readonly scalar: string; readonly set: MessageRef }
  /** Own set, fully masked and back in the order it was sent → sorted chunks for the label party; kept as blob `psi-full`. */
  | { readonly kind: 'psi-sort'; readonly chunks: readonly MessageRef[]; readonly chunk: number }
  /** Label party: intersection of all fully masked sets (own from blob `psi-full`), sorted. */
  | { readonly kind: 'psi-intersect'; readonly sets: readonly (readonly MessageRef[])[]; readonly chunk: number }
  /** Common values → own rows in ascending order of common value; kept as blob `alignment`. `common` null: from blob `psi-common`. */
  | { readonly kind: 'psi-rows'; readonly common: readonly MessageRef[] | null }
  /** Reads the aligned rows of the table, drops constant columns, standardises, rounds, checks; kept as blob `table`. */
  | { readonly kind: 'prepare' }
  | { readonly kind: 'encrypt'; readonly values: BigInt64Array; readonly publicKeys: MessageRef; readonly he: HeParameters }
  /** Label party: Σ_j [[u_j]] + Enc(values), fresh. `inputs` is empty when nobody sent u (step 0 of pcg). */
  | {
      readonly kind: 'combine'
      readonly inputs: readonly MessageRef[]
      readonly values: BigInt64Array
      readonly publicKeys: MessageRef
      readonly he: HeParameters
    }
  /**
   * Per feature: Σ over chunks of [[d]]·column, masked and flooded, at the opening level. `d` null: own newest `combine` result
   * (blob `own-d`). `ownU`: refuse when the randomness of d is that of the u sent (`slr_not_fresh`); null when it does not apply.
   */
  | {
      readonly kind: 'request'
      readonly d: MessageRef | null
      readonly ownU: 'own-u' | null
      readonly publicKeys: MessageRef
      readonly he: HeParameters
    }
  /** Key service: a step's key pairs. The secret half is kept as blob `secret-key`, encrypted at rest. */
  | { readonly kind: 'keygen'; readonly he: HeParameters }
  /** Key service: slot sums mod t of exactly `numbers` numbers. */
  | {
      readonly kind: 'open'
      readonly request: MessageRef
      readonly numbers: number
      readonly rows: number
      readonly he: HeParameters
    }
  /** Receiver of predictions: for each row the sum mod 2^64 of the other parties' shares (`sumShares` does it). */
  | { readonly kind: 'predict-sum'; readonly shares: readonly MessageRef[]; readonly count: number }

export type JobKind = Job['kind']

/** The result of one kind of job. */
export type ResultOf<Kind extends JobKind> = Extract<JobResult, { kind: Kind }>

/** Results by kind. `parts` are binary parts of a message that the machine may send; `sha256` is over the parts in order. */
export type JobResult =
  | { readonly kind: 'psi-own'; readonly chunks: readonly Uint8Array[]; readonly total: number }
  | { readonly kind: 'psi-mask'; readonly points: Uint8Array }
  | { readonly kind: 'psi-sort'; readonly chunks: readonly Uint8Array[]; readonly total: number }
  | { readonly kind: 'psi-intersect'; readonly chunks: readonly Uint8Array[]; readonly total: number }
  | { readonly kind: 'psi-rows'; readonly rows: number; readonly listSha256: string; readonly weightsSha256: string | null }
  | { readonly kind: 'prepare'; readonly table: PreparedTable }
  | { readonly kind: 'encrypt'; readonly parts: readonly Uint8Array[] }
  | { readonly kind: 'combine'; readonly parts: readonly Uint8Array[] }
  | {
      readonly kind: 'request'
      readonly parts: readonly Uint8Array[]
      /** ΣR mod t for each number, in decimal: known here alone, needed to unmask. */
      readonly maskSums: readonly string[]
    }
  | { readonly kind: 'keygen'; readonly parts: readonly Uint8Array[]; readonly publicKeySha256: string }
  | {
      readonly kind: 'open'
      readonly numbers: readonly string[]
      /** Hash over the hashes of the request's ciphertexts, in order. */
      readonly ciphertextsSha256: string
    }
  /** Residues mod 2^64 in decimal, one for each row. */
  | { readonly kind: 'predict-sum'; readonly sums: readonly string[] }

/** A party's aligned table as the protocol uses it: rounded once, the same numbers everywhere. */
export interface PreparedTable {
  /** n. */
  readonly rows: number
  /** Columns of round(2^fx·x)/2^fx, standardised over the aligned rows (weighted by ω), times √ω; n values each. */
  readonly columns: readonly Float64Array[]
  readonly names: readonly string[]
  readonly means: readonly number[]
  /** Population standard deviations. */
  readonly deviations: readonly number[]
  /** Constant columns that were left out; their weight is 0. */
  readonly dropped: readonly string[]
  /** Label party: the label as it is used (standardised, or centred 2y), rounded to fu digits, times √ω; n values. */
  readonly label: Float64Array | null
  readonly labelMean: number
  readonly labelDeviation: number
  /** √ω of each row, ω scaled to mean 1; null without row weights. */
  readonly rootWeights: Float64Array | null
  /** Lower Cholesky factor of P_j = 2·XᵀX + λI over the rounded columns, row by row, p·p values. */
  readonly factor: Float64Array
  /** Leverages between 0.5 and 0.9, for a notice: position in the aligned order and leverage. */
  readonly notices: readonly { readonly row: number; readonly leverage: number }[]
}
