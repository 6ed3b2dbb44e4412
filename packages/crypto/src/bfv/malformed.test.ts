import { TributaryError } from '@tributary/protocol'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BfvContext, createContext } from './context.ts'
import { liveHandles } from './handles.ts'
import type { SlrScheme } from './index.ts'
import { largestBatchingPrime } from './primes.ts'
import { schemeOver } from './testing/inspection.ts'
import { innerProduct, parametersFor, seededColumns, seededVector } from './testing/tables.ts'

const ROWS = 442
const he = parametersFor()
const t = BigInt(he.plainModulus)
const columns = seededColumns(1, 2, ROWS, 18)
const own = seededVector(2, ROWS, 20)

let bfv: BfvContext
let other: BfvContext
let scheme: SlrScheme
let foreign: SlrScheme
let keys: ReturnType<SlrScheme['newKeys']>

beforeAll(async () => {
  bfv = await createContext(he)
  const he46 = { ...he, plainModulus: String(largestBatchingPrime(46, 8192)), plainModulusBits: 46 }
  other = await createContext(he46)
  scheme = schemeOver(bfv, he, ROWS)
  foreign = schemeOver(other, he46, ROWS)
  keys = scheme.newKeys()
  scheme.request(scheme.encrypt(own, keys.publicKeys), columns, keys.publicKeys)
})
afterAll(() => {
  for (const one of [scheme, foreign, bfv, other]) one[Symbol.dispose]()
})

const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof TributaryError) return error.code
    throw error
  }
  return 'nothing'
}

const changed = (bytes: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array => {
  const copy = bytes.slice()
  change(copy)
  return copy
}

/** Everything but one code for one kind of harm. */
const harms: readonly [string, (honest: Uint8Array) => Uint8Array, string][] = [
  ['truncated by a byte', (honest) => honest.subarray(0, -1), 'he_size'],
  ['empty', () => new Uint8Array(), 'he_size'],
  ['padded', (honest) => changed(new Uint8Array(honest.length + 8), (copy) => copy.set(honest)), 'he_size'],
  ['zeros', (honest) => new Uint8Array(honest.length), 'he_malformed'],
  ['ones', (honest) => new Uint8Array(honest.length).fill(255), 'he_malformed'],
  ['random', (honest) => changed(honest, (copy) => copy.set(seededBytes(copy.length))), 'he_malformed'],
  ['compressed by its own word', (honest) => changed(honest, (copy) => copy.fill(2, 5, 6)), 'he_malformed'],
  ['longer by its own word', (honest) => changed(honest, (copy) => copy.fill(7, 10, 11)), 'he_malformed'],
  ['a coefficient not below its prime', (honest) => changed(honest, (copy) => copy.fill(255, 200, 208)), 'he_malformed'],
]
const seededBytes = (length: number) => new Uint8Array(seededVector(9, Math.ceil(length / 8), 64).buffer, 0, length)

const request = () => scheme.request(scheme.encrypt(own, keys.publicKeys), columns, keys.publicKeys)

function expectServing() {
  const { ciphertexts, maskSums } = request()
  const opened = scheme.open(ciphertexts, keys.secretKeys, columns.length)
  const values = opened.map((value, i) => (((value - (maskSums[i] as bigint)) % t) + t) % t)
  expect(values).toEqual(columns.map((column) => innerProduct(column, own, t)))
}

describe('open', () => {
  const open = (bytes: Uint8Array) => codeOf(() => scheme.open([bytes], keys.secretKeys, columns.length))

  it.each(harms)('%s', (_, harm, code) => {
    const before = liveHandles()
    expect(open(harm(request().ciphertexts[0] as Uint8Array))).toBe(code)
    expect(liveHandles()).toBe(before)
    expectServing()
  })

  it('refuses a byte changed anywhere in the header', () => {
    const honest = request().ciphertexts[0] as Uint8Array
    for (let i = 0; i < 113; i += 1)
      expect(open(changed(honest, (copy) => copy.fill((copy[i] as number) ^ 1, i, i + 1))), `${i}`).toBe('he_malformed')
    expectServing()
  })

  it('refuses another level, other parameters, a ciphertext without randomness', () => {
    const fresh = scheme.encrypt(own, keys.publicKeys)[0] as Uint8Array
    expect(open(fresh)).toBe('he_size')
    expect(open(fresh.slice(0, scheme.sizes.openingBytes))).toBe('he_malformed')
    const foreignKeys = foreign.newKeys()
    const foreignRequest = foreign.request(foreign.encrypt(own, foreignKeys.publicKeys), columns, foreignKeys.publicKeys)
    expect(foreignRequest.ciphertexts[0]).toHaveLength(scheme.sizes.openingBytes)
    expect(open(foreignRequest.ciphertexts[0] as Uint8Array)).toBe('he_malformed')
    const honest = request().ciphertexts[0] as Uint8Array
    expect(open(changed(honest, (copy) => copy.fill(0, 113 + 8_192 * 8)))).toBe('he_malformed')
    expectServing()
  })

  it('refuses another count of ciphertexts, numbers or keys', () => {
    const { ciphertexts } = request()
    const one = ciphertexts[0] as Uint8Array
    expect(codeOf(() => scheme.open([], keys.secretKeys, 2))).toBe('he_size')
    expect(codeOf(() => scheme.open([one, one], keys.secretKeys, 2))).toBe('he_size')
    expect(codeOf(() => scheme.open([one], keys.secretKeys, 19))).toBe('he_size')
    expect(codeOf(() => scheme.open([one], keys.secretKeys, 37))).toBe('slr_params')
    expect(codeOf(() => scheme.open([one], [], 2))).toBe('he_size')
    expect(codeOf(() => scheme.open([one], [new Uint8Array(keys.secretKeys[0]?.length ?? 0)], 2))).toBe('he_malformed')
    expectServing()
  })

  it('gives some number for noise beyond its budget, as for an honest one: no failure tells', () => {
    const noisy = changed(request().ciphertexts[0] as Uint8Array, (copy) => {
      for (let i = 113; i < copy.length; i += 8) copy[i + 3] = (copy[i + 3] as number) ^ 255
    })
    const opened = scheme.open([noisy], keys.secretKeys, 2)
    expect(opened.every((value) => value >= 0n && value < t)).toBe(true)
  })

  it('never answers with another code, whatever bytes are changed', () => {
    const honest = request().ciphertexts[0] as Uint8Array
    const changes = fc.array(fc.tuple(fc.integer({ min: 0, max: honest.length - 1 }), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
    })
    fc.assert(
      fc.property(changes, (list) => {
        const bytes = changed(honest, (copy) => {
          for (const [at, by] of list) copy[at] = (copy[at] as number) ^ by
        })
        expect(['he_malformed', 'nothing']).toContain(open(bytes))
      }),
      { numRuns: 60, seed: 2 },
    )
    expectServing()
  })
})

describe('a trap', () => {
  const trap = (): never => {
    throw new WebAssembly.RuntimeError('unreachable')
  }
  it('while foreign bytes are loaded is no refusal: whoever runs the thread has to replace it', () => {
    const { ciphertexts } = request()
    const bytes = ciphertexts[0] as Uint8Array
    expect(() => bfv.forms.opening.load({ loadFromArray: trap }, bytes, bfv.context)).toThrow(WebAssembly.RuntimeError)
  })

  it('while they are opened is none either', () => {
    const { ciphertexts } = request()
    const encoder = { decodeBigUint64: trap } as unknown as BfvContext['encoder']
    const trapped = schemeOver({ ...bfv, encoder }, he, ROWS)
    expect(() => trapped.open(ciphertexts, keys.secretKeys, columns.length)).toThrow(WebAssembly.RuntimeError)
    trapped[Symbol.dispose]()
    expectServing()
  })
})

describe('combine and request', () => {
  it.each(harms)('%s, from another party', (_, harm, code) => {
    const honest = scheme.encrypt(own, keys.publicKeys)
    const harmed = [harm(honest[0] as Uint8Array)]
    const before = liveHandles()
    expect(codeOf(() => scheme.combine([honest, harmed], own, keys.publicKeys))).toBe(code)
    expect(codeOf(() => scheme.request(harmed, columns, keys.publicKeys))).toBe(code)
    expect(liveHandles()).toBe(before)
  })

  it.each(harms)('a public key that is %s', (_, harm, code) => {
    const harmed = [harm(keys.publicKeys[0] as Uint8Array)]
    const honest = scheme.encrypt(own, keys.publicKeys)
    expect(codeOf(() => scheme.encrypt(own, harmed))).toBe(code)
    expect(codeOf(() => scheme.request(honest, columns, harmed))).toBe(code)
  })

  it('refuses what lacks randomness, and too few or too many', () => {
    const honest = scheme.encrypt(own, keys.publicKeys)
    const bare = [changed(honest[0] as Uint8Array, (copy) => copy.fill(0, 113 + 3 * 8_192 * 8))]
    expect(codeOf(() => scheme.combine([bare], own, keys.publicKeys))).toBe('he_malformed')
    expect(codeOf(() => scheme.request(bare, columns, keys.publicKeys))).toBe('he_malformed')
    expect(codeOf(() => scheme.combine([[]], own, keys.publicKeys))).toBe('he_size')
    expect(codeOf(() => scheme.request([...honest, ...honest], columns, keys.publicKeys))).toBe('he_size')
    expect(codeOf(() => scheme.encrypt(own, []))).toBe('he_size')
    expect(codeOf(() => scheme.encrypt(own.subarray(1), keys.publicKeys))).toBe('unexpected')
    expectServing()
  })
})
