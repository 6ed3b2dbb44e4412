import { createSha256, type Manifest, TributaryError } from '@tributary/protocol'
import { toFixed } from '../arithmetic/fixed-point.ts'
import type { Job, JobResult, MessageRef, PreparedTable } from '../jobs.ts'
import { sumShares } from '../prediction/scores.ts'
import { prepareTable } from '../preparation/prepare-table.ts'
import { byValue, cut, join, keyOf, maskMockPoints, mockPoint, normaliseMockId } from './mock-points.ts'
import type { MockRandom } from './mock-random.ts'
import { MockScheme } from './mock-scheme.ts'

/** A party's own rows before alignment. */
export interface MockTable {
  readonly ids: readonly string[]
  readonly names: readonly string[]
  readonly columns: readonly Float64Array[]
  readonly label: Float64Array | null
  readonly rowWeights: Float64Array | null
}

export interface MockJobContext {
  readonly me: string
  readonly manifest: Manifest
  readonly raw: MockTable | null
  readonly prepared: PreparedTable | null
  readonly random: MockRandom
  /** Parts of a received message or kept blob. */
  read(ref: MessageRef): readonly Uint8Array[]
}

export interface MockJobOutput {
  readonly result: JobResult
  readonly keep: readonly { readonly blob: string; readonly parts: readonly Uint8Array[] }[]
}

/** Does a job without encryption; everything else about it is as in the product. @throws TributaryError as the real jobs do */
export function runMockJob(job: Job, context: MockJobContext): MockJobOutput {
  const { read, manifest, random } = context
  const only = (result: JobResult): MockJobOutput => ({ result, keep: [] })
  switch (job.kind) {
    case 'psi-own':
      return ownPoints(job, context)
    case 'psi-mask':
      return only({ kind: 'psi-mask', points: maskMockPoints(read(job.set)[0] ?? new Uint8Array(), job.scalar) })
    case 'psi-sort': {
      const points = job.chunks.flatMap((ref) => cut(read(ref)[0] ?? new Uint8Array()))
      const chunks = inChunks([...points].sort(byValue), job.chunk)
      return { result: { kind: 'psi-sort', chunks, total: points.length }, keep: [{ blob: 'psi-full', parts: [join(points)] }] }
    }
    case 'psi-intersect': {
      const sets = job.sets.map((refs) => new Set(refs.flatMap((ref) => cut(read(ref)[0] ?? new Uint8Array()).map(keyOf))))
      const own = cut(read('psi-full')[0] ?? new Uint8Array())
      const common = own.filter((point) => sets.every((set) => set.has(keyOf(point)))).sort(byValue)
      const chunks = inChunks(common, job.chunk)
      return { result: { kind: 'psi-intersect', chunks, total: common.length }, keep: [{ blob: 'psi-common', parts: chunks }] }
    }
    case 'psi-rows':
      return commonRows(job, context)
    case 'prepare':
      return only({ kind: 'prepare', table: prepareAligned(context) })
    case 'encrypt': {
      const scheme = schemeOf(context)
      return only({ kind: 'encrypt', parts: scheme.encrypt(job.values, read(job.publicKeys)) })
    }
    case 'combine': {
      const scheme = schemeOf(context)
      return only({ kind: 'combine', parts: scheme.combine(job.inputs.map(read), job.values, read(job.publicKeys)) })
    }
    case 'request': {
      const scheme = schemeOf(context)
      const d = read(job.d ?? 'own-d')
      if (job.ownU !== null && scheme.sharesRandomness(d, read(job.ownU))) throw new TributaryError('slr_not_fresh')
      const { fx } = manifest.settings.fixedPoint
      const columns = (context.prepared?.columns ?? []).map((column) => toFixed(column, fx))
      const { parts, maskSums } = scheme.request(d, columns, read(job.publicKeys))
      return only({ kind: 'request', parts, maskSums: maskSums.map(String) })
    }
    case 'keygen': {
      const { publicKeys, secretKeys } = new MockScheme(job.he, 1, random).newKeys()
      return {
        result: { kind: 'keygen', parts: publicKeys, publicKeySha256: sha256OfParts(publicKeys) },
        keep: [{ blob: 'secret-key', parts: secretKeys }],
      }
    }
    case 'open': {
      const request = read(job.request)
      const numbers = new MockScheme(job.he, job.rows, random).open(request, read('secret-key'), job.numbers)
      const hashes = new TextEncoder().encode(request.map((part) => sha256OfParts([part])).join(''))
      return only({ kind: 'open', numbers: numbers.map(String), ciphertextsSha256: sha256OfParts([hashes]) })
    }
    case 'predict-sum': {
      const shares = job.shares.map((ref) => read(ref)[0] ?? new Uint8Array())
      return only({ kind: 'predict-sum', sums: sumShares(shares, job.count).map(String) })
    }
  }
}

export function sha256OfParts(parts: readonly Uint8Array[]): string {
  const hash = createSha256()
  for (const part of parts) hash.update(part)
  return hash.hex()
}

const schemeOf = ({ manifest, prepared, random }: MockJobContext): MockScheme =>
  new MockScheme(manifest.he, prepared?.rows ?? 1, random)

function rawOf({ raw }: MockJobContext): MockTable {
  if (raw === null) throw new Error('this party has no rows')
  return raw
}

function ownPoints(job: Extract<Job, { kind: 'psi-own' }>, context: MockJobContext): MockJobOutput {
  const { ids } = rawOf(context)
  const normalised = ids.map((id) => normaliseMockId(id, job.rule))
  const seen = new Set<string>()
  const repeated = normalised.filter((id) => seen.size === seen.add(id).size)
  if (repeated.length > 0) {
    const lines = [String(normalised.indexOf(repeated[0] ?? '') + 1)]
    throw new TributaryError('psi_duplicate_id', { count: repeated.length, lines })
  }
  const points = normalised.map((id, row) => ({ row, point: mockPoint(id, job.run, job.scalar) }))
  points.sort((a, b) => byValue(a.point, b.point))
  const order = new Uint8Array(Uint32Array.from(points, ({ row }) => row).buffer)
  const chunks = inChunks(
    points.map(({ point }) => point),
    job.chunk,
  )
  return { result: { kind: 'psi-own', chunks, total: points.length }, keep: [{ blob: 'psi-order', parts: [order] }] }
}

function inChunks(points: readonly Uint8Array[], size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(points.length / size) }, (_, index) =>
    join(points.slice(index * size, (index + 1) * size)),
  )
}

function commonRows(job: Extract<Job, { kind: 'psi-rows' }>, context: MockJobContext): MockJobOutput {
  const { read } = context
  const common = job.common === null ? read('psi-common') : job.common.flatMap((ref) => read(ref))
  const rowOf = new Map<string, number>()
  const order = numbers(read('psi-order')[0])
  cut(read('psi-full')[0] ?? new Uint8Array()).forEach((point, index) => {
    rowOf.set(keyOf(point), order[index] ?? 0)
  })
  const rows = common.flatMap(cut).map((point) => rowOf.get(keyOf(point)) ?? 0)
  const { rowWeights } = rawOf(context)
  const weights = rowWeights === null ? null : new TextEncoder().encode(JSON.stringify(rows.map((row) => rowWeights[row])))
  return {
    result: {
      kind: 'psi-rows',
      rows: rows.length,
      listSha256: sha256OfParts(common),
      weightsSha256: weights === null ? null : sha256OfParts([weights]),
    },
    keep: [{ blob: 'alignment', parts: [new Uint8Array(Uint32Array.from(rows).buffer)] }],
  }
}

function prepareAligned(context: MockJobContext): PreparedTable {
  const { names, columns, label, rowWeights } = rawOf(context)
  const rows = numbers(context.read('alignment')[0])
  const take = (values: Float64Array) => Float64Array.from(rows, (row) => values[row] ?? Number.NaN)
  const aligned = {
    names,
    columns: columns.map(take),
    label: label === null ? null : take(label),
    rowWeights: rowWeights === null ? null : take(rowWeights),
  }
  return prepareTable(aligned, context.manifest, context.me)
}

const numbers = (bytes: Uint8Array | undefined): Uint32Array => new Uint32Array((bytes ?? new Uint8Array()).slice().buffer)
