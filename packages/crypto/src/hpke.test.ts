import { describe, expect, it } from 'vitest'
import { hpkeOpen, hpkeSeal } from './hpke.ts'

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))

/** RFC 9180's test vectors (test-vectors.json of the CFRG): mode base, KEM 0x0020, KDF 0x0001, AEAD 0x0002, first encryption. */
const vector = {
  info: hex('4f6465206f6e2061204772656369616e2055726e'),
  ephemeral: hex('2cd7c601cefb3d42a62b04b7a9041494c06c7843818e0ce28a8f704ae7ab20f9'),
  by: hex('497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d'),
  to: hex('430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c'),
  enc: '6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256',
  associated: hex('436f756e742d30'),
  plain: hex('4265617574792069732074727574682c20747275746820626561757479'),
  ciphertext: 'e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a',
}

describe('HPKE', () => {
  it('seals as the vector of RFC 9180 for this suite', async () => {
    const sealed = await hpkeSeal(vector.plain, vector)
    expect(Buffer.from(sealed).toString('hex')).toBe(vector.enc + vector.ciphertext)
  })

  it('opens the vector of RFC 9180', async () => {
    expect(await hpkeOpen(hex(vector.enc + vector.ciphertext), vector)).toEqual(vector.plain)
  })

  it('draws a fresh ephemeral key when none is given', async () => {
    const { to, info, associated, by } = vector
    const [one, other] = [
      await hpkeSeal(vector.plain, { to, info, associated }),
      await hpkeSeal(vector.plain, { to, info, associated }),
    ]
    expect(one).not.toEqual(other)
    expect(await hpkeOpen(other, { by, info, associated })).toEqual(vector.plain)
  })

  it.each([
    ['info', { info: hex('00') }],
    ['associated data', { associated: hex('00') }],
    ['secret key', { by: hex('11'.repeat(32)) }],
  ])('does not open under another %s', async (_, change) => {
    await expect(hpkeOpen(hex(vector.enc + vector.ciphertext), { ...vector, ...change })).rejects.toThrow()
  })

  it('seals to no key of low order', async () => {
    await expect(hpkeSeal(vector.plain, { ...vector, to: new Uint8Array(32) })).rejects.toThrow()
  })
})
