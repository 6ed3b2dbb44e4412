import { ed25519 } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { signEd25519 as signInBrowser, verifyEd25519 as verifyInBrowser } from './ed25519.browser.ts'
import { signEd25519 as signInNode, verifyEd25519 as verifyInNode } from './ed25519.node.ts'

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
const flipped = (bytes: Uint8Array, bit: number) => {
  const copy = bytes.slice()
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}
/** L, order of the base point (RFC 8032 §5.1), little endian. */
const L = hex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010')
const addL = (signature: Uint8Array): Uint8Array => {
  const sum = signature.slice()
  let carry = 0
  for (let at = 0; at < 32; at += 1) {
    carry += (sum[32 + at] ?? 0) + (L[at] ?? 0)
    sum[32 + at] = carry & 255
    carry >>= 8
  }
  return sum
}

describe('Ed25519 by OpenSSL and by noble', () => {
  it('sign alike, take each other’s signatures and no altered one', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ maxLength: 100 }),
        fc.nat(511),
        fc.nat(255),
        (seed, message, ofSignature, ofKey) => {
          const key = ed25519.getPublicKey(seed)
          const signature = signInNode(message, seed)
          expect(signature).toEqual(signInBrowser(message, seed))
          for (const verify of [verifyInNode, verifyInBrowser]) {
            expect(verify(signature, message, key)).toBe(true)
            expect(verify(flipped(signature, ofSignature), message, key)).toBe(false)
            expect(verify(signature, message, flipped(key, ofKey))).toBe(false)
            expect(verify(signature, Uint8Array.of(...message, 0), key)).toBe(false)
          }
        },
      ),
      { numRuns: 20, seed: 3 },
    )
  })

  it('refuse a second spelling: s + L, keys that are not reduced or of small order, other lengths', () => {
    const seed = new Uint8Array(32).fill(7)
    const key = ed25519.getPublicKey(seed)
    const message = hex('aabb')
    const signature = signInNode(message, seed)
    // Small order: with s = 0 and R = A = identity every message would verify. Its other spelling is y = p + 1.
    const identity = hex(`01${'00'.repeat(31)}`)
    const notReduced = hex(`ee${'ff'.repeat(30)}7f`)
    const empty = new Uint8Array(32)
    for (const verify of [verifyInNode, verifyInBrowser]) {
      expect(verify(signature, message, key)).toBe(true)
      expect(verify(addL(signature), message, key)).toBe(false)
      for (const weak of [identity, notReduced])
        for (const r of [identity, notReduced]) expect(verify(Uint8Array.of(...r, ...empty), message, weak)).toBe(false)
      expect(verify(signature.subarray(0, 63), message, key)).toBe(false)
      expect(verify(signature, message, key.subarray(0, 31))).toBe(false)
      expect(verify(signature, message, new Uint8Array())).toBe(false)
    }
  })
})
