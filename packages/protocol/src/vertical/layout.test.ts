import { describe, expect, it } from 'vitest'
import { ciphertextLayout } from './layout.ts'
import type { HeParameters } from './manifest.ts'

const small: HeParameters = {
  ringDegree: 8192,
  plainModulus: '1099511480321',
  plainModulusBits: 40,
  primeBits: [60, 60, 60, 38],
  openingPrimes: 1,
  keysPerStep: 1,
}

describe('the layout of ciphertexts', () => {
  it('has the lengths that SEAL was measured to write', () => {
    expect(ciphertextLayout(small, 442)).toMatchObject({
      publicKeyBytes: 262_338,
      ciphertextBytes: 393_329,
      openingBytes: 131_185,
    })
    const large: HeParameters = {
      ...small,
      ringDegree: 16384,
      primeBits: [60, 60, 60, 60, 60],
      openingPrimes: 2,
      plainModulusBits: 56,
    }
    expect(ciphertextLayout(large, 3_000)).toMatchObject({
      publicKeyBytes: 655_554,
      ciphertextBytes: 1_048_689,
      openingBytes: 524_401,
    })
  })

  it('packs numbers when rows are few, and cuts rows when they are many', () => {
    expect(ciphertextLayout(small, 442)).toMatchObject({ chunks: 1, packing: 18, vectorCiphertexts: 1 })
    expect(ciphertextLayout(small, 30_000)).toMatchObject({ chunks: 4, packing: 1, vectorCiphertexts: 4 })
    expect(ciphertextLayout(small, 442).openings(20)).toBe(2)
    expect(ciphertextLayout(small, 30_000).openings(13)).toBe(13)
    expect(ciphertextLayout(small, 30_000).openings(0)).toBe(0)
  })

  it('spreads numbers evenly over the keys of a step', () => {
    const { openings, vectorCiphertexts, mostNumbers } = ciphertextLayout({ ...small, plainModulusBits: 44, keysPerStep: 3 }, 442)
    // 100 numbers: 34, 34 and 32 of them, 18 to an opening.
    expect(openings(100)).toBe(2 + 2 + 2)
    expect(openings(37)).toBe(1 + 1 + 1)
    expect(openings(1)).toBe(1)
    expect({ vectorCiphertexts, mostNumbers }).toEqual({ vectorCiphertexts: 3, mostNumbers: 3 * 36 })
  })
})
