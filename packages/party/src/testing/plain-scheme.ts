import { randomBytes } from 'node:crypto'
import { ciphertextLayout, createSha256, type HeParameters, TributaryError } from '@tributary/protocol'
import { CryptoBench } from '../jobs/crypto-bench.ts'
import type { WorkerAnswer, WorkerTask } from '../jobs/worker-task.ts'
import { sha256OfParts } from '../store/parts.ts'

type TaskOf<Kind extends WorkerTask['kind']> = Extract<WorkerTask, { kind: Kind }>

/** Random bytes before the numbers, so that no two parts are alike. */
const HEAD_BYTES = 32

/**
 * A scheme that hides nothing, in messages of the right form and size: the same sums mod t as the real one, without its cost. One
 * key for a step, rows that fit in one ciphertext. Points and preparation are the real ones.
 */
export class PlainBench {
  readonly #real = new CryptoBench()

  async run(task: WorkerTask): Promise<WorkerAnswer> {
    switch (task.kind) {
      case 'keygen': {
        const { publicKeys, publicKeyBytes } = ciphertextLayout(task.scheme.he, task.scheme.rows)
        const parts = Array.from({ length: publicKeys }, () => part(publicKeyBytes, []))
        return { parts, sha256: sha256OfParts(parts), blobs: { 'secret-key': [randomBytes(HEAD_BYTES)] } }
      }
      case 'combine':
        return combine(task)
      case 'request':
        return request(task)
      case 'open':
        return open(task)
      default:
        return this.#real.run(task)
    }
  }
}

function combine({ scheme: { he, rows }, inputs, values }: TaskOf<'combine'>): WorkerAnswer {
  const { vectorCiphertexts, ciphertextBytes } = ciphertextLayout(he, rows)
  if (vectorCiphertexts !== 1) throw new RangeError('one ciphertext for a vector')
  const others = inputs.map(([only]) => numbersOf(only, rows))
  const sums = Array.from({ length: rows }, (_, row) =>
    others.reduce((sum, input) => sum + (input[row] ?? 0n), values[row] ?? 0n),
  )
  return { parts: [part(ciphertextBytes, residues(sums, he))] }
}

function request({ scheme: { he, rows }, columns, fx, d }: TaskOf<'request'>): WorkerAnswer {
  const { openings, openingBytes } = ciphertextLayout(he, rows)
  const residual = numbersOf(d[0], rows)
  const t = BigInt(he.plainModulus)
  const maskSums = columns.map(() => randomBytes(8).readBigUInt64LE() % t)
  const numbers = columns.map((column, index) =>
    residual.reduce((sum, value, row) => sum + value * BigInt(Math.round((column[row] ?? 0) * 2 ** fx)), maskSums[index] ?? 0n),
  )
  // All numbers stand in the first part; the others have the right size.
  const parts = Array.from({ length: openings(columns.length) }, (_, index) =>
    part(openingBytes, index === 0 ? residues(numbers, he) : []),
  )
  return { parts, numbers: maskSums.map(String) }
}

function open({ request: [first], numbers }: TaskOf<'open'>): WorkerAnswer {
  if (first === undefined) throw new TributaryError('he_malformed')
  return { parts: [], numbers: numbersOf(first, numbers).map(String), sha256: createSha256().update(first).hex() }
}

function residues(values: readonly bigint[], { plainModulus }: HeParameters): bigint[] {
  const t = BigInt(plainModulus)
  return values.map((value) => ((value % t) + t) % t)
}

function part(size: number, numbers: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(size)
  bytes.set(randomBytes(HEAD_BYTES))
  const view = new DataView(bytes.buffer)
  numbers.forEach((number, index) => {
    view.setBigUint64(HEAD_BYTES + 8 * index, number, true)
  })
  return bytes
}

function numbersOf(bytes: Uint8Array | undefined, count: number): bigint[] {
  if (bytes === undefined) throw new TributaryError('he_malformed')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: count }, (_, index) => view.getBigUint64(HEAD_BYTES + 8 * index, true))
}
