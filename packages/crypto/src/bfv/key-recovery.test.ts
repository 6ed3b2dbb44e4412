import { numbersPerKey } from '@tributary/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BfvScheme } from './bfv-scheme.ts'
import { type BfvContext, createContext } from './context.ts'
import { schemeOver } from './testing/inspection.ts'
import { digitsPerNumber, recoverKey, secretKeyBytes } from './testing/key-recovery.ts'
import { parametersFor } from './testing/tables.ts'

const he = parametersFor({ rows: 16_000 })
let bfv: BfvContext
let scheme: BfvScheme

beforeAll(async () => {
  bfv = await createContext(he)
  scheme = schemeOver(bfv, he, he.ringDegree)
})
afterAll(() => bfv[Symbol.dispose]())

describe('crafted openings', () => {
  it('recover the whole key of a service that keeps one key, in 304 openings', () => {
    const { secretKeys } = scheme.newKeys()
    let openings = 0
    const key = recoverKey(bfv, (ciphertext) => {
      openings += 1
      return scheme.open([ciphertext], secretKeys, 1)[0] as bigint
    })
    expect(openings).toBe(304)
    expect(secretKeyBytes(bfv, key)).toEqual(secretKeys[0])
  })

  it('recover at most 28 coefficients a number of a key that serves one step', () => {
    const cap = numbersPerKey(he.ringDegree, he.plainModulusBits)
    expect(cap).toBe(36)
    expect(digitsPerNumber(bfv.modulus)).toBeLessThanOrEqual(28)
    const steps: Uint8Array[][] = []
    let openings = 0
    const patchwork = recoverKey(bfv, (ciphertext) => {
      if (openings % cap === 0) steps.push(scheme.newKeys().secretKeys)
      openings += 1
      return scheme.open([ciphertext], steps.at(-1) as Uint8Array[], 1)[0] as bigint
    })
    expect(steps).toHaveLength(Math.ceil(304 / cap))
    for (const secretKeys of steps) expect(secretKeyBytes(bfv, patchwork)).not.toEqual(secretKeys[0])
    // Compare with the first step's true key: right where it was asked, elsewhere as often as a guess of a ternary digit.
    const first = recoverKey(bfv, (ciphertext) => scheme.open([ciphertext], steps[0] as Uint8Array[], 1)[0] as bigint)
    const asked = cap * digitsPerNumber(bfv.modulus)
    expect(asked).toBeLessThanOrEqual(28 * cap)
    expect(asked).toBeLessThan(he.ringDegree / 8)
    expect(patchwork.subarray(0, asked)).toEqual(first.subarray(0, asked))
    const right = patchwork.subarray(asked).filter((coefficient, i) => coefficient === first[asked + i]).length
    const guess = (he.ringDegree - asked) / 3
    expect(Math.abs(right - guess)).toBeLessThan(6 * Math.sqrt((guess * 2) / 3))
  })

  it('are refused as a list beyond the cap, whatever was promised', () => {
    const { secretKeys } = scheme.newKeys()
    const list = Array<Uint8Array>(37).fill(new Uint8Array(scheme.sizes.openingBytes))
    expect(() => scheme.open(list, secretKeys, 37)).toThrow(expect.objectContaining({ code: 'slr_params' }))
  })
})
