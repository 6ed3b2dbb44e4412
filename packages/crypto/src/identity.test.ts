import { createPublicKey, verify as nodeVerify } from 'node:crypto'
import { publicKeySchema, signatureSchema } from '@tributary/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromBase64url, toBase64url } from './base64url.ts'
import { createIdentity, publicKeysOf, sign, verify } from './identity.ts'

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
const text = (value: string) => new TextEncoder().encode(value)

describe('identity', () => {
  it('signs as RFC 8032 §7.1 test 2 does', () => {
    const secret = { ...createIdentity(), signing: hex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb') }
    expect(publicKeysOf(secret).signing).toBe(
      Buffer.from('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', 'hex').toString('base64url'),
    )
    expect(sign(secret, hex('72'))).toBe(
      Buffer.from(
        '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
          '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
        'hex',
      ).toString('base64url'),
    )
  })

  it('has keys and signatures in the form of the contract, fresh each time, that Node takes as well', () => {
    const [one, other] = [createIdentity(), createIdentity()]
    expect(publicKeysOf(one)).not.toEqual(publicKeysOf(other))
    const keys = publicKeysOf(one)
    expect(publicKeySchema.safeParse(keys.signing).success && publicKeySchema.safeParse(keys.sealing).success).toBe(true)
    const signature = sign(one, text('x'))
    expect(signatureSchema.safeParse(signature).success).toBe(true)
    expect(sign(one, text('x'))).toBe(signature)
    const jwk = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: keys.signing }, format: 'jwk' })
    expect(nodeVerify(null, text('x'), jwk, Buffer.from(signature, 'base64url'))).toBe(true)
  })

  it('verifies its own signature and no other: key, bytes, signature or spelling', () => {
    const [one, other] = [createIdentity(), createIdentity()]
    const keys = publicKeysOf(one)
    const signature = sign(one, text('x'))
    expect(verify(keys, text('x'), signature)).toBe(true)
    expect(verify(publicKeysOf(other), text('x'), signature)).toBe(false)
    expect(verify(keys, text('y'), signature)).toBe(false)
    // The last digit of 86 carries four bits that no byte uses.
    const last = signature.at(-1) ?? ''
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const respelled = signature.slice(0, -1) + alphabet[(alphabet.indexOf(last) & 0b110000) | ((alphabet.indexOf(last) + 1) & 15)]
    expect(Buffer.from(respelled, 'base64url').equals(Buffer.from(signature, 'base64url'))).toBe(true)
    expect(verify(keys, text('x'), respelled)).toBe(false)
    for (const broken of ['', 'A', 'A'.repeat(86), `${signature}=`, signature.replace(/./, '*')]) {
      expect(verify(keys, text('x'), broken)).toBe(false)
    }
    for (const signing of ['', 'A'.repeat(43), '_'.repeat(43)])
      expect(verify({ ...keys, signing }, text('x'), signature)).toBe(false)
  })
})

it('base64url is that of Node, and only one spelling is read', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      const written = toBase64url(bytes)
      expect(written).toBe(Buffer.from(bytes).toString('base64url'))
      expect(fromBase64url(written, bytes.length)).toEqual(bytes)
      expect(fromBase64url(written, bytes.length + 1)).toBeNull()
    }),
    { numRuns: 200, seed: 1 },
  )
})
