import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BfvContext, createContext } from './context.ts'
import { liveHandles } from './handles.ts'
import type { SlrScheme } from './index.ts'
import { createScheme } from './index.ts'
import { schemeOver } from './testing/inspection.ts'
import { add, innerProduct, parametersFor, seededColumns, seededVector } from './testing/tables.ts'

const he = parametersFor()
const t = BigInt(he.plainModulus)
let bfv: BfvContext

beforeAll(async () => {
  bfv = await createContext(he)
})
afterAll(() => bfv[Symbol.dispose]())

const unmask = (opened: readonly bigint[], maskSums: readonly bigint[], modulus = t) =>
  opened.map((value, i) => (((value - (maskSums[i] as bigint)) % modulus) + modulus) % modulus)

/** A whole step: u of each party, the label party's own values, openings of the columns. */
function step(scheme: SlrScheme, us: BigInt64Array[], own: BigInt64Array, columns: BigInt64Array[], modulus = t) {
  const { publicKeys, secretKeys } = scheme.newKeys()
  const d = scheme.combine(
    us.map((u) => scheme.encrypt(u, publicKeys)),
    own,
    publicKeys,
  )
  const { ciphertexts, maskSums } = scheme.request(d, columns, publicKeys)
  const opened = scheme.open(ciphertexts, secretKeys, columns.length)
  return { publicKeys, secretKeys, d, ciphertexts, maskSums, opened, values: unmask(opened, maskSums, modulus) }
}

const expected = (d: BigInt64Array, columns: readonly BigInt64Array[], modulus = t) =>
  columns.map((column) => innerProduct(column, d, modulus))

describe('a step is exact', () => {
  it.each([
    ['18 numbers in an opening', 442, 20, 1, 18, 1, 2],
    ['one number a opening below N', 5_000, 3, 1, 1, 1, 3],
    ['n = N', 8_192, 3, 1, 1, 1, 3],
    ['three chunks, the last not full', 20_000, 2, 1, 1, 3, 2],
    ['three keys, packed', 442, 40, 3, 18, 1, 3],
    ['two keys and two chunks', 9_000, 3, 2, 1, 2, 3],
    ['blocks that a key may not open whole', 20, 50, 2, 36, 1, 2],
  ])('%s', (_, rows, features, keysPerStep, packing, chunks, openings) => {
    const scheme = schemeOver(bfv, { ...he, keysPerStep }, rows)
    expect(scheme.sizes).toMatchObject({ packing, chunks })
    expect(scheme.sizes.openings(features)).toBe(openings)
    const us = [seededVector(1, rows, 20), seededVector(2, rows, 20)]
    const own = seededVector(3, rows, 20)
    const columns = seededColumns(4, features, rows, 18)
    const { values, ciphertexts, d } = step(scheme, us, own, columns)
    expect(values).toEqual(expected(add(...us, own), columns))
    expect(ciphertexts).toHaveLength(openings)
    expect(d).toHaveLength(keysPerStep * chunks)
    scheme[Symbol.dispose]()
  })

  it('for any rows, columns and values, where slots wrap around t too', () => {
    const cases = fc.record({
      rows: fc.integer({ min: 1, max: 9_000 }),
      features: fc.integer({ min: 1, max: 4 }),
      bits: fc.constantFrom(2, 20, 44, 62),
      parties: fc.integer({ min: 0, max: 3 }),
      seed: fc.integer({ min: 0, max: 1e6 }),
    })
    fc.assert(
      fc.property(cases, ({ rows, features, bits, parties, seed }) => {
        const scheme = schemeOver(bfv, he, rows)
        const us = Array.from({ length: parties }, (_, i) => seededVector(seed + i, rows, bits))
        const own = seededVector(seed + 10, rows, bits)
        const columns = seededColumns(seed, features, rows, bits)
        const d = columns.map((column) => [own, ...us].reduce((sum, u) => (sum + innerProduct(column, u, t)) % t, 0n))
        expect(step(scheme, us, own, columns).values).toEqual(d)
        scheme[Symbol.dispose]()
      }),
      { numRuns: 12, seed: 5 },
    )
  })

  it('at the larger ring with t of 60 bits, opened at two primes', async () => {
    const large = parametersFor({ rows: 65_000, fx: 20, fu: 22 })
    const modulus = BigInt(large.plainModulus)
    const scheme = await createScheme(large, 17_000)
    expect(scheme.sizes).toMatchObject({ chunks: 2, openingBytes: 113 + 2 * 2 * 16_384 * 8 })
    const u = seededVector(1, 17_000, 40)
    const columns = seededColumns(2, 1, 17_000, 40)
    const { values } = step(scheme, [u], u, columns, modulus)
    expect(values).toEqual(expected(add(u, u), columns, modulus))
    scheme[Symbol.dispose]()
  })

  it('over zero slots, zero chunks and zero columns', () => {
    const rows = 9_000
    const scheme = schemeOver(bfv, he, rows)
    const own = seededVector(1, rows, 20)
    const sparse = new BigInt64Array(rows)
    sparse[8_999] = 5n
    const columns = [sparse, new BigInt64Array(rows), BigInt64Array.from({ length: rows }, () => t)]
    const { values, opened } = step(scheme, [], own, columns)
    expect(values).toEqual(expected(own, columns))
    expect(values.slice(1)).toEqual([0n, 0n])
    // Masked all the same.
    expect(opened[1]).not.toBe(0n)
    expect(step(scheme, [], new BigInt64Array(rows), columns).values).toEqual([0n, 0n, 0n])
    scheme[Symbol.dispose]()
  })
})

describe('sizes', () => {
  it('are those of the specification at three primes and one', async () => {
    const scheme = await createScheme(he, 442)
    const { publicKeys, ciphertexts, d } = step(scheme, [], seededVector(1, 442, 20), seededColumns(1, 5, 442, 18))
    expect(scheme.sizes).toMatchObject({ publicKeyBytes: 262_338, ciphertextBytes: 393_329, openingBytes: 131_185 })
    expect(publicKeys.map((key) => key.length)).toEqual([262_338])
    expect(d.map((part) => part.length)).toEqual([393_329])
    expect(ciphertexts.map((part) => part.length)).toEqual([131_185])
    scheme[Symbol.dispose]()
  })

  it('refuse more numbers than the keys may open', () => {
    const scheme = schemeOver(bfv, he, 442)
    expect(scheme.sizes.openings(36)).toBe(2)
    expect(scheme.sizes.openings(0)).toBe(0)
    for (const numbers of [37, -1, 0.5]) expect(() => scheme.sizes.openings(numbers)).toThrow(/keys for 36/)
    scheme[Symbol.dispose]()
  })
})

describe('freshness', () => {
  it('no two encryptions of the same values, keys or requests agree', () => {
    const scheme = schemeOver(bfv, he, 442)
    const { publicKeys } = scheme.newKeys()
    const u = seededVector(1, 442, 20)
    const one = scheme.encrypt(u, publicKeys)
    const other = scheme.encrypt(u, publicKeys)
    expect(scheme.sharesRandomness(one, one)).toBe(true)
    expect(scheme.sharesRandomness(one, other)).toBe(false)
    expect(scheme.sharesRandomness(one, scheme.combine([one], u, publicKeys))).toBe(false)
    // A random half that is copied modulo one prime alone is noticed too.
    const [target, source] = [(other[0] as Uint8Array).slice(), one[0] as Uint8Array]
    const from = 113 + 4 * 8_192 * 8
    target.set(source.subarray(from, from + 8_192 * 8), from)
    expect(scheme.sharesRandomness(one, [target])).toBe(true)
    expect(scheme.newKeys().publicKeys).not.toEqual(publicKeys)
    const columns = seededColumns(1, 2, 442, 18)
    expect(scheme.request(one, columns, publicKeys).maskSums).not.toEqual(scheme.request(one, columns, publicKeys).maskSums)
    scheme[Symbol.dispose]()
  })

  it('masks every slot: sums of single blocks are all different', () => {
    const scheme = schemeOver(bfv, he, 20)
    const { maskSums } = step(scheme, [], new BigInt64Array(20), seededColumns(1, 36, 20, 18))
    expect(new Set(maskSums).size).toBe(36)
    scheme[Symbol.dispose]()
  })
})

describe('prepared columns', () => {
  it('are used again for the same arrays, and prepared anew for others', () => {
    const scheme = schemeOver(bfv, he, 442)
    const { publicKeys, secretKeys } = scheme.newKeys()
    const own = seededVector(1, 442, 20)
    const d = scheme.encrypt(own, publicKeys)
    const open = (columns: BigInt64Array[]) => {
      const { ciphertexts, maskSums } = scheme.request(d, columns, publicKeys)
      return unmask(scheme.open(ciphertexts, secretKeys, columns.length), maskSums)
    }
    const columns = seededColumns(5, 3, 442, 18)
    const others = [columns[0] as BigInt64Array, ...seededColumns(6, 2, 442, 18)]
    const empty = liveHandles()
    expect(open(columns)).toEqual(expected(own, columns))
    const kept = liveHandles()
    expect(kept).toBe(empty + 1)
    expect(open(columns)).toEqual(expected(own, columns))
    expect(open(others)).toEqual(expected(own, others))
    expect(open(columns.slice(0, 2))).toEqual(expected(own, columns.slice(0, 2)))
    expect(liveHandles()).toBe(kept)
    scheme[Symbol.dispose]()
    expect(liveHandles()).toBe(empty)
  })
})

describe('createScheme', () => {
  it('shares one context among schemes, and frees it with the last', async () => {
    const before = liveHandles()
    const [one, other] = await Promise.all([createScheme(he, 442), createScheme(he, 5_000)])
    const held = liveHandles()
    one[Symbol.dispose]()
    one[Symbol.dispose]()
    expect(liveHandles()).toBe(held)
    expect(step(other, [], seededVector(1, 5_000, 20), seededColumns(1, 1, 5_000, 18)).values).toHaveLength(1)
    other[Symbol.dispose]()
    expect(liveHandles()).toBe(before)
  })

  it('refuses weak parameters', async () => {
    await expect(createScheme({ ...he, primeBits: [60, 60, 60, 60] }, 442)).rejects.toMatchObject({ code: 'slr_params' })
    await expect(createScheme({ ...he, openingPrimes: 3 }, 442)).rejects.toMatchObject({ code: 'slr_params' })
  })
})
