import { createContext } from '../context.ts'
import { createScheme } from '../scheme.ts'
import { noiseStages } from './noise-stages.ts'
import { parametersFor, seededColumns, seededVector } from './tables.ts'

/**
 * Prints the noise table of all rows of the specification, then what each operation costs. Run it by itself:
 * `node packages/crypto/src/bfv/testing/bench.ts`. Times are of the processor, so that other programs do not count.
 */

const table: readonly (readonly [rows: number, digits: number])[] = [
  [1_000, 28],
  [16_000, 28],
  [65_000, 28],
  [260_000, 28],
  [1_000_000, 28],
  [4_000, 42],
  [65_000, 42],
]

for (const [rows, digits] of table) {
  const he = parametersFor({ rows, fx: digits - 22, fu: 22 })
  const bfv = await createContext(he)
  const { sum, products, flooded, sent } = noiseStages(bfv, he)
  const primes = `${he.ringDegree}, t ${he.plainModulusBits}, ${he.primeBits.join('·')}`
  console.log(`${rows} rows, F ${digits}: ${primes}: ${sum} → ${products} → ${flooded}; ${he.openingPrimes} primes: ${sent} bits`)
  bfv[Symbol.dispose]()
}

/** Median of processor milliseconds over `runs`, the first left out. */
function milliseconds(runs: number, work: () => unknown): number {
  const times = Array.from({ length: runs + 1 }, () => {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000
  })
  return times.slice(1).sort((a, b) => a - b)[Math.floor(runs / 2)] as number
}

for (const [rows, features, digits] of [
  [442, 5, 28],
  [8_192, 10, 28],
  [30_000, 13, 28],
  [30_000, 13, 42],
] as const) {
  const he = parametersFor({ rows, features: [features, features], fx: digits - 22, fu: 22 })
  const started = process.cpuUsage()
  const scheme = await createScheme(he, rows)
  const { user, system } = process.cpuUsage(started)
  const u = seededVector(1, rows, 20)
  const columns = seededColumns(2, features, rows, 18)
  const { publicKeys, secretKeys } = scheme.newKeys()
  const encrypted = scheme.encrypt(u, publicKeys)
  const d = scheme.combine([encrypted], u, publicKeys)
  const { ciphertexts } = scheme.request(d, columns, publicKeys)
  const costs = {
    scheme: (user + system) / 1_000,
    keys: milliseconds(9, () => scheme.newKeys()),
    encrypt: milliseconds(9, () => scheme.encrypt(u, publicKeys)),
    combine: milliseconds(9, () => scheme.combine([encrypted], u, publicKeys)),
    'first request': milliseconds(3, () =>
      scheme.request(
        d,
        columns.map((column) => column.slice()),
        publicKeys,
      ),
    ),
    request: milliseconds(9, () => scheme.request(d, columns, publicKeys)),
    open: milliseconds(9, () => scheme.open(ciphertexts, secretKeys, features)),
    'compare randomness': milliseconds(9, () => scheme.sharesRandomness(d, encrypted)),
  }
  const line = Object.entries(costs).map(([name, ms]) => `${name} ${ms.toFixed(1)}`)
  const { ringDegree, plainModulusBits } = he
  console.log(
    `${rows} × ${features}, N ${ringDegree}, t ${plainModulusBits}, ${ciphertexts.length} openings, ms: ${line.join(', ')}`,
  )
  scheme[Symbol.dispose]()
}
