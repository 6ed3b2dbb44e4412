import { createScheme, type SlrScheme } from '@tributary/crypto/bfv'
import { maskIds, psiIntersect, psiMask, psiOwnOf, psiRows, psiSort } from '@tributary/crypto/psi'
import { prepareTable, toFixed } from '@tributary/federation'
import { type HeParameters, TributaryError } from '@tributary/protocol'
import { sha256OfParts } from '../store/parts.ts'
import { joinedBytes } from './joined-bytes.ts'
import { packTable } from './prepared-table.ts'
import type { WorkerAnswer, WorkerTask } from './worker-task.ts'

type TaskOf<Kind extends WorkerTask['kind']> = Extract<WorkerTask, { kind: Kind }>

/** Runs seldom take turns; more schemes than this would cost memory for nothing. */
const MOST_SCHEMES = 2

/** Does one worker's tasks. Its schemes and a run's columns stay, so that the forms they are prepared in stay, too. */
export class CryptoBench {
  readonly #schemes = new Map<string, SlrScheme>()
  readonly #columns = new Map<string, readonly BigInt64Array[]>()

  /** @throws TributaryError; anything else means that the thread is not to be trusted any more */
  async run(task: WorkerTask): Promise<WorkerAnswer> {
    switch (task.kind) {
      case 'mask-ids':
        return { parts: [maskIds(task.ids, task.run, task.scalar)] }
      case 'mask-points':
        return { parts: [psiMask(task.points, task.scalar)] }
      case 'psi-own': {
        const { chunks, total, order } = psiOwnOf(joinedBytes(task.masked), task.chunk)
        return { parts: chunks, total, blobs: { 'psi-order': [bytesOf(order)] } }
      }
      case 'psi-sort': {
        const { chunks, total, full } = psiSort(task.returned, task.chunk)
        return { parts: chunks, total, blobs: { 'psi-full': [full] } }
      }
      case 'psi-intersect': {
        const { chunks, total, common } = psiIntersect(task)
        return { parts: chunks, total, blobs: { 'psi-common': [common] } }
      }
      case 'psi-rows': {
        const { rows, listSha256, alignment } = psiRows({ ...task, order: wordsOf(task.order) })
        return { parts: [], total: rows, sha256: listSha256, blobs: { alignment: [bytesOf(alignment)] } }
      }
      case 'prepare':
        return { parts: packTable(prepareTable(task.table, task.manifest, task.me)) }
      case 'keygen': {
        const { publicKeys, secretKeys } = (await this.#scheme(task.scheme)).newKeys()
        return { parts: publicKeys, sha256: sha256OfParts(publicKeys), blobs: { 'secret-key': secretKeys } }
      }
      case 'combine': {
        const scheme = await this.#scheme(task.scheme)
        return { parts: scheme.combine(task.inputs, task.values, task.publicKeys) }
      }
      case 'request':
        return this.#request(task)
      case 'open':
        return this.#open(task)
      case 'forget':
        this.#columns.delete(task.table)
        if (this.#columns.size === 0) this.#disposeAll()
        return { parts: [] }
    }
  }

  async #request(task: TaskOf<'request'>): Promise<WorkerAnswer> {
    const scheme = await this.#scheme(task.scheme)
    if (task.ownU !== null && scheme.sharesRandomness(task.d, task.ownU)) throw new TributaryError('slr_not_fresh')
    // x̂; the prepared table holds these very numbers divided by 2^fx.
    const columns = this.#columns.get(task.table) ?? task.columns.map((column) => toFixed(column, task.fx))
    this.#columns.set(task.table, columns)
    const { ciphertexts, maskSums } = scheme.request(task.d, columns, task.publicKeys)
    return { parts: ciphertexts, numbers: maskSums.map(String) }
  }

  async #open(task: TaskOf<'open'>): Promise<WorkerAnswer> {
    let numbers: string[]
    try {
      const scheme = await this.#scheme(task.scheme)
      numbers = scheme.open(task.request, task.secretKeys, task.numbers).map(String)
    } finally {
      for (const key of task.secretKeys) key.fill(0)
    }
    return {
      parts: [],
      numbers,
      sha256: sha256OfParts(task.request.map((part) => new TextEncoder().encode(sha256OfParts([part])))),
    }
  }

  async #scheme({ he, rows }: { readonly he: HeParameters; readonly rows: number }): Promise<SlrScheme> {
    const key = JSON.stringify([rows, he])
    const known = this.#schemes.get(key)
    if (known !== undefined) {
      // The newest is the last to go.
      this.#schemes.delete(key)
      this.#schemes.set(key, known)
      return known
    }
    const scheme = await createScheme(he, rows)
    this.#schemes.set(key, scheme)
    const [oldest] = this.#schemes
    if (this.#schemes.size > MOST_SCHEMES && oldest !== undefined) {
      this.#schemes.delete(oldest[0])
      oldest[1][Symbol.dispose]()
    }
    return scheme
  }

  #disposeAll(): void {
    for (const scheme of this.#schemes.values()) scheme[Symbol.dispose]()
    this.#schemes.clear()
  }
}

const bytesOf = (words: Uint32Array): Uint8Array => new Uint8Array(words.buffer, words.byteOffset, words.byteLength)

const wordsOf = (bytes: Uint8Array): Uint32Array => new Uint32Array(bytes.slice().buffer)
