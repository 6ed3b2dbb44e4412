import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSha256 as inBrowser } from './sha256.browser.ts'
import { createSha256 as inNode } from './sha256.node.ts'

const text = (value: string) => new TextEncoder().encode(value)

describe.each([
  ['node', inNode],
  ['browser', inBrowser],
])('SHA-256 of the %s', (_, createSha256) => {
  it.each([
    // FIPS 180-4 examples: the empty message, one block, two blocks.
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
  ])('of %j is the standard’s', (message, expected) => {
    expect(createSha256().update(text(message)).hex()).toBe(expected)
  })

  it('of a million letters, in pieces, is the standard’s', () => {
    const hash = createSha256()
    for (let i = 0; i < 1000; i += 1) hash.update(text('a'.repeat(1000)))
    expect(hash.hex()).toBe('cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0')
  })
})

it('both agree on any bytes, cut anywhere, also as views into larger buffers', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), fc.nat(7), (pieces, shift) => {
      const whole = Buffer.concat(pieces)
      const digests = [inNode, inBrowser].map((createSha256) => {
        const hash = createSha256()
        for (const piece of pieces) {
          const larger = new Uint8Array(piece.length + shift)
          larger.set(piece, shift)
          hash.update(larger.subarray(shift))
        }
        return hash.hex()
      })
      expect(digests).toEqual([
        createHash('sha256').update(whole).digest('hex'),
        createHash('sha256').update(whole).digest('hex'),
      ])
    }),
    { numRuns: 300, seed: 1 },
  )
})
