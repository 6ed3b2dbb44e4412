import { parentPort } from 'node:worker_threads'
import { newScalar, psiIntersect, psiMask, psiOwn, psiRows, psiSort } from '@tributary/crypto/psi'

/** What the benchmark asks of a party; each call is one job of the alignment. */
export type PsiCall =
  | { readonly job: 'own'; readonly ids: readonly string[] }
  | { readonly job: 'mask'; readonly chunks: readonly Uint8Array[] }
  | { readonly job: 'sort'; readonly chunks: readonly Uint8Array[] }
  | { readonly job: 'intersect'; readonly chunks: readonly Uint8Array[] }
  | { readonly job: 'rows'; readonly chunks: readonly Uint8Array[] }

const CHUNK = 1_000
const run = 'ab'.repeat(32)
const rule = { trim: true, caseFold: false, removeSpaces: false }
const scalar = newScalar()
let order = new Uint32Array()
let full = new Uint8Array()

function answer(call: PsiCall): { chunks: readonly Uint8Array[]; rows: number; list: string } {
  switch (call.job) {
    case 'own': {
      const own = psiOwn({ ids: call.ids, rule, run, scalar, chunk: CHUNK })
      order = own.order
      return { chunks: own.chunks, rows: own.total, list: '' }
    }
    case 'mask':
      return { chunks: call.chunks.map((points) => psiMask(points, scalar)), rows: 0, list: '' }
    case 'sort': {
      const sorted = psiSort(call.chunks, CHUNK)
      full = sorted.full
      return { chunks: sorted.chunks, rows: sorted.total, list: '' }
    }
    case 'intersect': {
      const { chunks, total } = psiIntersect({ full, sets: [call.chunks], chunk: CHUNK })
      return { chunks, rows: total, list: '' }
    }
    case 'rows': {
      const { rows, listSha256 } = psiRows({ common: call.chunks, full, order })
      return { chunks: [], rows, list: listSha256 }
    }
  }
}

parentPort?.on('message', (call: PsiCall) => parentPort?.postMessage(answer(call)))
