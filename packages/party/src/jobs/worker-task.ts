import type { AlignedTable } from '@tributary/federation'
import type { ErrorBody, HeParameters, Manifest } from '@tributary/protocol'

/** Which scheme a task needs; a worker keeps it between tasks. */
interface Scheme {
  readonly he: HeParameters
  /** n after alignment. */
  readonly rows: number
}
type Parts = readonly Uint8Array[]

/** Work as it crosses to a worker: plain data, large arrays on shared memory or copied once. */
export type WorkerTask =
  | { readonly kind: 'mask-ids'; readonly ids: readonly string[]; readonly run: string; readonly scalar: string }
  | { readonly kind: 'mask-points'; readonly points: Uint8Array; readonly scalar: string }
  | { readonly kind: 'psi-own'; readonly masked: Parts; readonly chunk: number }
  | { readonly kind: 'psi-sort'; readonly returned: Parts; readonly chunk: number }
  | { readonly kind: 'psi-intersect'; readonly full: Uint8Array; readonly sets: readonly Parts[]; readonly chunk: number }
  | { readonly kind: 'psi-rows'; readonly common: Parts; readonly full: Uint8Array; readonly order: Uint8Array }
  | { readonly kind: 'prepare'; readonly table: AlignedTable; readonly manifest: Manifest; readonly me: string }
  | { readonly kind: 'keygen'; readonly scheme: Scheme }
  | {
      readonly kind: 'combine'
      readonly scheme: Scheme
      readonly inputs: readonly Parts[]
      readonly values: BigInt64Array
      readonly publicKeys: Parts
    }
  | {
      readonly kind: 'request'
      readonly scheme: Scheme
      /** Names the columns between calls: they are the same for a party's run, and prepared once. */
      readonly table: string
      readonly columns: readonly Float64Array[]
      readonly fx: number
      readonly d: Parts
      /** Ciphertexts whose randomness d must not have. */
      readonly ownU: Parts | null
      readonly publicKeys: Parts
    }
  | {
      readonly kind: 'open'
      readonly scheme: Scheme
      readonly request: Parts
      readonly secretKeys: Parts
      readonly numbers: number
    }
  | { readonly kind: 'forget'; readonly table: string }

/** What comes back: bulk in `parts`, the rest beside it. */
export interface WorkerAnswer {
  readonly parts: readonly Uint8Array[]
  /** Blobs beside the parts, by name. */
  readonly blobs?: Readonly<Record<string, readonly Uint8Array[]>> | undefined
  readonly numbers?: readonly string[] | undefined
  readonly total?: number | undefined
  readonly sha256?: string | undefined
}

/** Errors lose their class between threads. `crashed`: no refusal, so the worker is not to be used again. */
export type WorkerResult =
  | { readonly ok: true; readonly answer: WorkerAnswer }
  | { readonly ok: false; readonly error: ErrorBody }
  | { readonly ok: false; readonly crashed: string }
