import { plot } from '@tributary/cli'
import { chooseParameters, createScheme, type SlrScheme } from '@tributary/crypto/bfv'
import { generateRandomKeys } from 'paillier-bigint'

const FX = 14
const FU = 14

interface Step {
  readonly seconds: number
  readonly bytes: number
}

/** Whole step of all parties on one core: keys, [[u]] of A, [[d]] of B, both openings. Also the bytes that travel. */
function encryptedStep(scheme: SlrScheme, u: BigInt64Array, residual: BigInt64Array, tables: readonly BigInt64Array[][]): Step {
  const begin = performance.now()
  const { publicKeys, secretKeys } = scheme.newKeys()
  const sent = scheme.encrypt(u, publicKeys)
  const d = scheme.combine([sent], residual, publicKeys)
  let bytes = total(publicKeys) * tables.length + total(sent) + total(d)
  for (const columns of tables) {
    const { ciphertexts } = scheme.request(d, columns, publicKeys)
    scheme.open(ciphertexts, secretKeys, columns.length)
    bytes += total(ciphertexts)
  }
  return { seconds: (performance.now() - begin) / 1000, bytes }
}

const total = (parts: readonly Uint8Array[]): number => parts.reduce((sum, part) => sum + part.length, 0)
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number

/** Numbers of about standardised size at `digits` binary digits; which ones does not matter for time. */
function fixedPoint(count: number, digits: number, seed: number): BigInt64Array {
  const values = new BigInt64Array(count)
  let state = seed >>> 0
  for (let i = 0; i < count; i += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    values[i] = BigInt(Math.round((state / 2 ** 31 - 1) * 2 ** digits))
  }
  return values
}

const table = (rows: number, features: number, seed: number): BigInt64Array[] =>
  Array.from({ length: features }, (_, j) => fixedPoint(rows, FX, seed + j))

async function measure(rows: number, features: number, repeats: number): Promise<Step> {
  const he = chooseParameters({ rows, features: [features, features], parties: 2, fx: FX, fu: FU, extraBits: 0 })
  const scheme = await createScheme(he, rows)
  try {
    const tables = [table(rows, features, 1), table(rows, features, 1_000)]
    const u = fixedPoint(rows, FU, 7)
    const residual = fixedPoint(rows, FU, 8)
    // The first one also brings the columns into the form that later steps reuse, as in a run.
    encryptedStep(scheme, u, residual, tables)
    const steps = Array.from({ length: repeats }, () => encryptedStep(scheme, u, residual, tables))
    return { seconds: median(steps.map(({ seconds }) => seconds)), bytes: steps[0]?.bytes ?? 0 }
  } finally {
    scheme[Symbol.dispose]()
  }
}

/** The same step on plain numbers: u of A, d, and both gradients. */
function plainStep(rows: number, features: number): number {
  const columns = Array.from({ length: 2 * features }, (_, j) => Float64Array.from(fixedPoint(rows, FX, j), Number))
  const weights = columns.map((_, j) => 1 / (j + 1))
  const label = Float64Array.from(fixedPoint(rows, FU, 9), Number)
  const times = Array.from({ length: 21 }, () => {
    const begin = performance.now()
    const d = label.map((value) => -value)
    for (const [j, column] of columns.entries()) {
      const weight = weights[j] as number
      for (let i = 0; i < rows; i += 1) d[i] = (d[i] as number) + weight * (column[i] as number)
    }
    let sum = 0
    for (const column of columns) for (let i = 0; i < rows; i += 1) sum += (column[i] as number) * (d[i] as number)
    if (!Number.isFinite(sum)) throw new Error('the plain step overflowed')
    return (performance.now() - begin) / 1000
  })
  return median(times)
}

/**
 * The same step under Paillier with 2,048-bit keys, from a sample of each operation: A encrypts n values, B encrypts n and adds n,
 * each feature takes n multiplications by a small constant and n additions, and one decryption. Key generation is left out.
 */
async function paillierStep(rows: number, features: number): Promise<number> {
  const { publicKey, privateKey } = await generateRandomKeys(2048)
  const sample = 8
  const values = fixedPoint(sample, FU, 3)
  const constants = fixedPoint(sample, FX, 4)
  const each = (work: (i: number) => unknown): number => {
    const begin = performance.now()
    for (let i = 0; i < sample; i += 1) work(i)
    return (performance.now() - begin) / 1000 / sample
  }
  const positive = (value: bigint | undefined): bigint => ((value ?? 0n) < 0n ? -(value ?? 0n) : (value ?? 0n)) + 1n
  const ciphertexts = Array.from(values, (value) => publicKey.encrypt(positive(value)))
  const encrypt = each((i) => publicKey.encrypt(positive(values[i])))
  const add = each((i) => publicKey.addition(ciphertexts[i] as bigint, ciphertexts[0] as bigint))
  const multiply = each((i) => publicKey.multiply(ciphertexts[i] as bigint, positive(constants[i])))
  const decrypt = each((i) => privateKey.decrypt(ciphertexts[i] as bigint))
  return 2 * rows * encrypt + rows * add + 2 * features * (rows * (multiply + add) + decrypt)
}

/** A full step of secure linear regression beside Paillier and beside the plain step. */
export async function benchSlr(): Promise<Record<string, unknown>> {
  const rows = 8_192
  const features = 10
  const encrypted = await measure(rows, features, 7)
  const plain = plainStep(rows, features)
  const paillier = await paillierStep(rows, features)
  return {
    rows,
    features: `${features} + ${features}`,
    stepSeconds: encrypted.seconds,
    bytesPerStep: encrypted.bytes,
    paillier2048Seconds: paillier,
    timesFasterThanPaillier: paillier / encrypted.seconds,
    plainSeconds: plain,
    timesSlowerThanPlain: encrypted.seconds / plain,
  }
}

/** Growth of a step with rows and with features, as tables and plots. */
export async function benchSlrGrowth(): Promise<Record<string, unknown>> {
  const byRows = []
  for (const rows of [1_000, 4_000, 16_000, 65_000, 260_000]) byRows.push({ rows, ...(await measure(rows, 10, 3)) })
  const byFeatures = []
  for (const features of [5, 10, 20, 36, 50, 100]) byFeatures.push({ features, ...(await measure(8_192, features, 3)) })
  const readable = ({ seconds, bytes, ...rest }: Step) => ({
    ...rest,
    seconds: seconds.toFixed(3),
    megabytes: (bytes / 1e6).toFixed(2),
  })
  console.log('\nA step of 10 + 10 features by rows')
  console.table(byRows.map(readable))
  for (const line of plot(
    byRows.map(({ rows, seconds }) => ({ x: rows, y: seconds })),
    { label: (value) => `${value.toFixed(2)} s`, xTitle: 'rows' },
  ))
    console.log(line)
  console.log('\nA step of 8,192 rows by features of each party')
  console.table(byFeatures.map(readable))
  for (const line of plot(
    byFeatures.map(({ features, seconds }) => ({ x: features, y: seconds })),
    { label: (value) => `${value.toFixed(2)} s`, xTitle: 'features of each party' },
  ))
    console.log(line)
  const [first, last] = [byRows[2], byRows.at(-1)]
  return {
    secondsPerRowAt260kOver16k: last && first ? last.seconds / last.rows / (first.seconds / first.rows) : Number.NaN,
    bytesPerStepAt260k: last?.bytes,
    secondsAt100Features: byFeatures.at(-1)?.seconds,
  }
}
