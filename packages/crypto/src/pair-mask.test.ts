import { createPrivateKey, createPublicKey, diffieHellman, hkdfSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createIdentity, publicKeysOf, type SecretIdentity } from './identity.ts'
import { pairMask } from './pair-mask.ts'

const run = 'ab'.repeat(32)
const parties = Array.from({ length: 5 }, () => createIdentity())
const maskOf = (me: SecretIdentity, peer: SecretIdentity, place = { run, step: 1, kind: 'rho' }) =>
  pairMask({ me, peer: publicKeysOf(peer), ...place })

/** Sum mod 2^64 of a party's masks, + towards later parties and − towards earlier ones. */
const zeroSumMask = (among: readonly SecretIdentity[], mine: number, kind: string): bigint =>
  among.reduce((sum, peer, index) => {
    const me = among[mine]
    if (index === mine || me === undefined) return sum
    const mask = maskOf(me, peer, { run, step: 4, kind })
    return BigInt.asUintN(64, index > mine ? sum + mask : sum - mask)
  }, 0n)

describe('pair masks', () => {
  const [a, b, c] = parties as [SecretIdentity, SecretIdentity, SecretIdentity]

  it('are the same on both sides, and fit 64 bits', () => {
    expect(maskOf(a, b)).toBe(maskOf(b, a))
    expect(BigInt.asUintN(64, maskOf(a, b))).toBe(maskOf(a, b))
    expect(maskOf(a, b)).not.toBe(maskOf(a, c))
  })

  it('are HKDF-SHA256 over the X25519 secret, as Node computes both', () => {
    const key = (secret: SecretIdentity, d: boolean) => ({
      kty: 'OKP',
      crv: 'X25519',
      x: publicKeysOf(secret).sealing,
      ...(d ? { d: Buffer.from(secret.sealing).toString('base64url') } : {}),
    })
    const privateKey = createPrivateKey({ key: key(a, true), format: 'jwk' })
    const publicKey = createPublicKey({ key: key(b, false), format: 'jwk' })
    const shared = diffieHellman({ privateKey, publicKey })
    const bytes = hkdfSync('sha256', shared, 'tributary-pair-mask-v1', `${run}\n1\nrho`, 8)
    expect(maskOf(a, b)).toBe(Buffer.from(bytes).readBigUInt64LE())
  })

  it('differ by run, step and kind', () => {
    const places = [run, 'cd'.repeat(32)].flatMap((its) =>
      [0, 1, 11].flatMap((step) => ['rho', 'eta', 'f', 'predict:1', 'predict:11'].map((kind) => ({ run: its, step, kind }))),
    )
    expect(new Set(places.map((place) => maskOf(a, b, place))).size).toBe(places.length)
  })

  it('sum to zero over any number of parties, and no party’s is zero', () => {
    for (const count of [2, 3, 4, 5]) {
      const among = parties.slice(0, count)
      const masks = among.map((_, mine) => zeroSumMask(among, mine, 'eta'))
      expect(
        BigInt.asUintN(
          64,
          masks.reduce((sum, mask) => sum + mask, 0n),
        ),
      ).toBe(0n)
      expect(masks).not.toContain(0n)
    }
  })

  it('leave the total of any shares, and hide each of them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 2, maxLength: 5 }),
        fc.string(),
        (values, kind) => {
          const among = parties.slice(0, values.length)
          const shares = values.map((value, mine) => BigInt.asUintN(64, value + zeroSumMask(among, mine, kind)))
          const total = (numbers: readonly bigint[]) =>
            BigInt.asUintN(
              64,
              numbers.reduce((sum, each) => sum + each, 0n),
            )
          expect(total(shares)).toBe(total(values))
          shares.forEach((share, mine) => {
            expect(share).not.toBe(values[mine])
          })
        },
      ),
      { numRuns: 20, seed: 1 },
    )
  })

  it('look uniform: each of 64 bits is set in about half of 2,000', () => {
    const counts = new Array<number>(64).fill(0)
    const peer = publicKeysOf(b)
    for (let step = 0; step < 2_000; step += 1) {
      const mask = pairMask({ me: a, peer, run, step, kind: 'f' })
      for (let bit = 0; bit < 64; bit += 1) if ((mask >> BigInt(bit)) & 1n) counts[bit] = (counts[bit] ?? 0) + 1
    }
    // 5.5 standard deviations of √500.
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(123)
  })

  it('are not agreed with a key of low order', () => {
    expect(() => pairMask({ me: a, peer: { ...publicKeysOf(b), sealing: 'A'.repeat(43) }, run, step: 1, kind: 'f' })).toThrow()
  })
})
