import { availableParallelism } from 'node:os'
import { type Job, type JobResult, PSI_POINT_BYTES, sumShares } from '@tributary/federation'
import { TributaryError } from '@tributary/protocol'
import { alignedTable, weightsSha256 } from '../table/aligned-table.ts'
import { normalisedIds } from '../table/normalised-ids.ts'
import type { PartyTable } from '../table/party-table.ts'
import type { JobContext, JobOutput, JobRunner, KeptBlob } from './job-runner.ts'
import { joinedBytes } from './joined-bytes.ts'
import { unpackTable } from './prepared-table.ts'
import { WorkerCrash, WorkerPool } from './worker-pool.ts'
import type { WorkerAnswer, WorkerTask } from './worker-task.ts'

export interface CryptoJobRunnerOptions {
  /** Threads for alignment; default two, or one where there is one core. Encryption has one thread of its own. */
  readonly workers?: number | undefined
  /** Entry point of the threads; tests put in one that breaks. */
  readonly worker?: URL | undefined
}

type JobOf<Kind extends Job['kind']> = Extract<Job, { kind: Kind }>

/** Points that a worker is given at a time. */
const POINTS_AT_ONCE = 1_000

/**
 * Runs jobs in worker threads: those on points side by side on all of them, those of the scheme on one, whose prepared columns and
 * keys stay. A thread that crashes is replaced; its own `open` then fails as `he_malformed` (what was loaded may be crafted),
 * everything else is done once more.
 */
export function createJobRunner(options: CryptoJobRunnerOptions = {}): JobRunner {
  const { workers = 2, worker = new URL('./worker.cjs', import.meta.url) } = options
  const threads = Math.max(1, Math.min(workers, availableParallelism()))
  return new CryptoJobRunner(new WorkerPool(worker, threads), new WorkerPool(worker, 1))
}

/** Where tasks are done. */
export interface TaskPool {
  /** @throws TributaryError the task's refusal; WorkerCrash */
  run(task: WorkerTask): Promise<WorkerAnswer>
  close(): Promise<void>
}

export class CryptoJobRunner implements JobRunner {
  readonly #points: TaskPool
  readonly #scheme: TaskPool

  constructor(points: TaskPool, scheme: TaskPool) {
    this.#points = points
    this.#scheme = scheme
  }

  async run(job: Job, context: JobContext): Promise<JobOutput> {
    try {
      return await this.#once(job, context)
    } catch (error) {
      if (!(error instanceof WorkerCrash)) throw error
      if (job.kind === 'open') throw new TributaryError('he_malformed', {}, { cause: error })
      return this.#once(job, context)
    }
  }

  async forget(run: Pick<JobContext, 'runId' | 'me'>): Promise<void> {
    await this.#scheme.run({ kind: 'forget', table: tableName(run) }).catch(() => undefined)
  }

  async close(): Promise<void> {
    await Promise.all([this.#points.close(), this.#scheme.close()])
  }

  #once(job: Job, context: JobContext): Promise<JobOutput> {
    switch (job.kind) {
      case 'psi-own':
        return this.#psiOwn(job, context)
      case 'psi-mask':
        return this.#psiMask(job, context)
      case 'psi-sort':
        return this.#psiSort(job, context)
      case 'psi-intersect':
        return this.#psiIntersect(job, context)
      case 'psi-rows':
        return this.#psiRows(job, context)
      case 'prepare':
        return this.#prepare(context)
      case 'encrypt':
        return this.#encrypt(job, context)
      case 'combine':
        return this.#combine(job, context)
      case 'request':
        return this.#request(job, context)
      case 'keygen':
        return this.#keygen(job, context)
      case 'open':
        return this.#open(job, context)
      case 'predict-sum':
        return this.#predictSum(job, context)
    }
  }

  async #psiOwn({ rule, run, scalar, chunk }: JobOf<'psi-own'>, context: JobContext): Promise<JobOutput> {
    const ids = normalisedIds(ownTable(context), rule)
    const slices = slicesOf(ids.length, POINTS_AT_ONCE).map(([from, to]) => ids.slice(from, to))
    const masked = await Promise.all(slices.map((slice) => this.#pointsOf({ kind: 'mask-ids', ids: slice, run, scalar })))
    return chunked('psi-own', await this.#points.run({ kind: 'psi-own', masked, chunk }))
  }

  async #psiMask({ scalar, set }: JobOf<'psi-mask'>, { read }: JobContext): Promise<JobOutput> {
    const points = onePart(read(set))
    const slices = slicesOf(points.length, POINTS_AT_ONCE * PSI_POINT_BYTES).map(([from, to]) => points.slice(from, to))
    const masked = await Promise.all(slices.map((slice) => this.#pointsOf({ kind: 'mask-points', points: slice, scalar })))
    return { result: { kind: 'psi-mask', points: joinedBytes(masked) }, keep: [] }
  }

  async #psiSort({ chunks, chunk }: JobOf<'psi-sort'>, { read }: JobContext): Promise<JobOutput> {
    return chunked('psi-sort', await this.#points.run({ kind: 'psi-sort', returned: chunks.flatMap((ref) => read(ref)), chunk }))
  }

  async #psiIntersect({ sets, chunk }: JobOf<'psi-intersect'>, { read }: JobContext): Promise<JobOutput> {
    const others = sets.map((refs) => refs.flatMap((ref) => read(ref)))
    const full = onePart(read('psi-full'))
    return chunked('psi-intersect', await this.#points.run({ kind: 'psi-intersect', full, sets: others, chunk }))
  }

  async #psiRows({ common }: JobOf<'psi-rows'>, context: JobContext): Promise<JobOutput> {
    const { read, manifest } = context
    const answer = await this.#points.run({
      kind: 'psi-rows',
      common: common === null ? read('psi-common') : common.flatMap((ref) => read(ref)),
      full: onePart(read('psi-full')),
      order: onePart(read('psi-order')),
    })
    const { rowWeights } = ownTable(context)
    const keep = keptOf(answer)
    const weights =
      manifest.settings.rowWeights && rowWeights !== null
        ? weightsSha256(rowWeights, alignmentOf(partsOf(keep, 'alignment')))
        : null
    const result = { kind: 'psi-rows', rows: answer.total ?? 0, listSha256: answer.sha256 ?? '', weightsSha256: weights } as const
    return { result, keep }
  }

  async #prepare(context: JobContext): Promise<JobOutput> {
    const { manifest, me, read } = context
    const table = alignedTable(ownTable(context), alignmentOf(read('alignment')))
    const { parts } = await this.#points.run({ kind: 'prepare', table, manifest, me })
    return { result: { kind: 'prepare', table: unpackTable(parts) }, keep: [{ blob: 'table', parts }] }
  }

  async #encrypt({ values, publicKeys, he }: JobOf<'encrypt'>, { read }: JobContext): Promise<JobOutput> {
    const scheme = { he, rows: values.length }
    const { parts } = await this.#scheme.run({ kind: 'combine', scheme, inputs: [], values, publicKeys: read(publicKeys) })
    return { result: { kind: 'encrypt', parts }, keep: [] }
  }

  async #combine({ inputs, values, publicKeys, he }: JobOf<'combine'>, { read }: JobContext): Promise<JobOutput> {
    const { parts } = await this.#scheme.run({
      kind: 'combine',
      scheme: { he, rows: values.length },
      inputs: inputs.map((ref) => read(ref)),
      values,
      publicKeys: read(publicKeys),
    })
    return { result: { kind: 'combine', parts }, keep: [] }
  }

  async #request({ d, ownU, publicKeys, he }: JobOf<'request'>, context: JobContext): Promise<JobOutput> {
    const { read, prepared, manifest } = context
    if (prepared === null) throw new TributaryError('unexpected', { reason: 'a request before the table is prepared' })
    const { parts, numbers = [] } = await this.#scheme.run({
      kind: 'request',
      scheme: { he, rows: prepared.rows },
      table: tableName(context),
      columns: prepared.columns,
      fx: manifest.settings.fixedPoint.fx,
      d: read(d ?? 'own-d'),
      ownU: ownU === null ? null : read(ownU),
      publicKeys: read(publicKeys),
    })
    return { result: { kind: 'request', parts, maskSums: numbers }, keep: [] }
  }

  async #keygen({ he }: JobOf<'keygen'>, { manifest }: JobContext): Promise<JobOutput> {
    const answer = await this.#scheme.run({ kind: 'keygen', scheme: { he, rows: manifest.rowsBound } })
    const result = { kind: 'keygen', parts: answer.parts, publicKeySha256: answer.sha256 ?? '' } as const
    return { result, keep: keptOf(answer) }
  }

  async #open({ request, numbers, rows, he }: JobOf<'open'>, { read }: JobContext): Promise<JobOutput> {
    const secretKeys = read('secret-key')
    const scheme = { he, rows }
    let answer: WorkerAnswer
    try {
      answer = await this.#scheme.run({ kind: 'open', scheme, request: read(request), secretKeys, numbers })
    } finally {
      for (const key of secretKeys) key.fill(0)
    }
    return { result: { kind: 'open', numbers: answer.numbers ?? [], ciphertextsSha256: answer.sha256 ?? '' }, keep: [] }
  }

  async #predictSum({ shares, count }: JobOf<'predict-sum'>, { read }: JobContext): Promise<JobOutput> {
    const parts = shares.map((ref) => onePart(read(ref)))
    if (parts.some((part) => part.length !== 8 * count))
      throw new TributaryError('message_malformed', { kind: 'predict-share', reason: `its part has not ${8 * count} bytes` })
    const sums = sumShares(parts, count).map(String)
    return { result: { kind: 'predict-sum', sums }, keep: [] }
  }

  async #pointsOf(task: WorkerTask): Promise<Uint8Array> {
    return onePart((await this.#points.run(task)).parts)
  }
}

/** Two parties in one process have two tables. */
const tableName = ({ runId, me }: Pick<JobContext, 'runId' | 'me'>): string => `${runId} ${me}`

type Chunked = Extract<JobResult, { chunks: readonly Uint8Array[] }>['kind']

const chunked = (kind: Chunked, answer: WorkerAnswer): JobOutput => ({
  result: { kind, chunks: answer.parts, total: answer.total ?? 0 },
  keep: keptOf(answer),
})

const keptOf = ({ blobs = {} }: WorkerAnswer): readonly KeptBlob[] =>
  Object.entries(blobs).map(([blob, parts]) => ({ blob, parts }))

const partsOf = (keep: readonly KeptBlob[], name: string): readonly Uint8Array[] =>
  keep.find(({ blob }) => blob === name)?.parts ?? []

function ownTable({ raw }: JobContext): PartyTable {
  if (raw === null) throw new TributaryError('unexpected', { reason: 'this party has no table' })
  return raw
}

const alignmentOf = (parts: readonly Uint8Array[]): Uint32Array => new Uint32Array(onePart(parts).slice().buffer)

/** The only part; a set without points has none. */
const onePart = (parts: readonly Uint8Array[]): Uint8Array => parts[0] ?? new Uint8Array()

const slicesOf = (length: number, size: number): [from: number, to: number][] =>
  Array.from({ length: Math.ceil(length / size) }, (_, index) => [index * size, Math.min(length, (index + 1) * size)])
