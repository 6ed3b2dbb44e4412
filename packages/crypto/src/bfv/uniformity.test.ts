import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Blinding } from './blinding.ts'
import { type BfvContext, createContext } from './context.ts'
import { decryptSlots, schemeOver } from './testing/inspection.ts'
import { parametersFor, seededVector } from './testing/tables.ts'
import { countLowBits, countParts, looksAlike, looksUniform } from './testing/uniformity.ts'
import { floatMask, halfRangeMask, shortMask, unmaskedPadding } from './testing/weak-blindings.ts'

// What the key service sees, with the secret key that it has: every slot of every opening.
const ROWS = 5_000
const OPENINGS = 200
const FEW = 4
const he = parametersFor({ rows: ROWS })
const t = BigInt(he.plainModulus)

/** Of small values, as standardised data gives; and of values over the whole range of t. */
const small = { d: seededVector(1, ROWS, 4), column: seededVector(2, ROWS, 4) }
const large = { d: seededVector(3, ROWS, 21), column: new BigInt64Array(ROWS).fill(1n << 20n) }

let bfv: BfvContext

function openings(data: typeof small, count: number, blinding?: Blinding): BigUint64Array[] {
  const scheme = schemeOver(bfv, he, ROWS, blinding)
  const { publicKeys, secretKeys } = scheme.newKeys()
  const d = scheme.encrypt(data.d, publicKeys)
  const slots = Array.from({ length: count }, () => {
    const [bytes] = scheme.request(d, [data.column], publicKeys).ciphertexts
    return decryptSlots(bfv, bytes as Uint8Array, secretKeys[0] as Uint8Array, 'opening')
  })
  scheme[Symbol.dispose]()
  return slots
}

let ofSmall: BigUint64Array[]
let ofLarge: BigUint64Array[]

beforeAll(async () => {
  bfv = await createContext(he)
  ofSmall = openings(small, OPENINGS)
  ofLarge = openings(large, OPENINGS)
}, 120_000)
afterAll(() => bfv[Symbol.dispose]())

describe('what the key service opens', () => {
  it('is spread evenly over [0, t)', () => {
    for (const weak of [halfRangeMask, shortMask, unmaskedPadding(ROWS)])
      expect(looksUniform(countParts(openings(small, FEW, weak), t))).toBe(false)
    for (const sample of [ofSmall, ofLarge]) expect(looksUniform(countParts(sample, t))).toBe(true)
  })

  it('has lowest bits that are spread evenly', () => {
    for (const weak of [floatMask, unmaskedPadding(ROWS)])
      expect(looksUniform(countLowBits(openings(small, FEW, weak)))).toBe(false)
    for (const sample of [ofSmall, ofLarge]) expect(looksUniform(countLowBits(sample))).toBe(true)
  })

  it('is the same for two data sets', () => {
    const alike = (one: BigUint64Array[], other: BigUint64Array[]) => looksAlike(countParts(one, t), countParts(other, t))
    for (const weak of [halfRangeMask, shortMask])
      expect(alike(openings(small, FEW, weak), openings(large, FEW, weak))).toBe(false)
    expect(alike(ofSmall, ofLarge)).toBe(true)
    expect(looksAlike(countLowBits(openings(small, FEW, floatMask)), countLowBits(openings(large, FEW, floatMask)))).toBe(false)
    expect(looksAlike(countLowBits(ofSmall), countLowBits(ofLarge))).toBe(true)
  })

  it('has masked padding: no slot after the rows is zero', () => {
    const zeros = (sample: BigUint64Array[]) =>
      sample.reduce((sum, slots) => sum + slots.subarray(ROWS).filter((value) => value === 0n).length, 0)
    expect(zeros(openings(small, FEW, unmaskedPadding(ROWS)))).toBe(FEW * (he.ringDegree - ROWS))
    expect(zeros(ofSmall) + zeros(ofLarge)).toBe(0)
  })
})
