import { hkdfSync, scryptSync } from 'node:crypto'
import { TributaryError } from '@tributary/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openAtRest as browserOpen, sealAtRest as browserSeal } from './at-rest.browser.ts'
import { openAtRest, sealAtRest } from './at-rest.node.ts'
import { storageKey } from './storage-key.ts'

const key = new Uint8Array(32).fill(3)
const bytes = new TextEncoder().encode('the key of step 4')
const locked = (act: () => unknown) => {
  expect(act).toThrow(TributaryError)
  expect(act).toThrow(expect.objectContaining({ code: 'secret_storage_locked' }))
}

describe('sealing at rest', () => {
  it('opens what it sealed, of any length, and shows nothing of it', () => {
    for (const plain of [new Uint8Array(0), bytes, new Uint8Array(100_000).fill(1)]) {
      const sealed = sealAtRest(key, plain, 'run/secret-key')
      expect(sealed.length).toBe(plain.length + 29)
      expect(openAtRest(key, sealed, 'run/secret-key')).toEqual(plain)
    }
    expect(Buffer.from(sealAtRest(key, bytes, 'x')).includes(Buffer.from(bytes))).toBe(false)
    expect(sealAtRest(key, bytes, 'x')).not.toEqual(sealAtRest(key, bytes, 'x'))
  })

  it('opens neither by another key nor in another place', () => {
    const sealed = sealAtRest(key, bytes, 'run/secret-key')
    locked(() => openAtRest(new Uint8Array(32).fill(4), sealed, 'run/secret-key'))
    locked(() => openAtRest(key, sealed, 'run/own-u'))
  })

  it('does not open when any byte is another, or some are missing', () => {
    const sealed = sealAtRest(key, bytes, 'x')
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const altered = sealed.slice()
        altered[at] = (altered[at] ?? 0) ^ change
        locked(() => openAtRest(key, altered, 'x'))
        locked(() => openAtRest(key, sealed.subarray(0, at), 'x'))
      }),
      { numRuns: 100, seed: 1 },
    )
  })

  it('says in a browser that there is no disk', () => {
    locked(() => browserSeal(key, bytes, 'x'))
    locked(() => browserOpen(key, bytes, 'x'))
  })
})

describe('key of a folder', () => {
  const salt = new Uint8Array(16).fill(9)

  it('is scrypt as Node computes it', () => {
    const expected = scryptSync('pass phrase', salt, 32, { N: 2 ** 14, r: 8, p: 1, maxmem: 2 ** 26 })
    expect(Buffer.from(storageKey('pass phrase', salt, 2 ** 14)).equals(expected)).toBe(true)
  })

  it('differs by secret, salt and cost, and takes the bytes of a key file', () => {
    const cost = 2 ** 10
    const one = storageKey('a', salt, cost)
    expect(storageKey('b', salt, cost)).not.toEqual(one)
    expect(storageKey('a', new Uint8Array(16), cost)).not.toEqual(one)
    expect(storageKey('a', salt, 2 ** 11)).not.toEqual(one)
    expect(storageKey(Uint8Array.of(97), salt, cost)).toEqual(one)
    expect(storageKey('é', salt, cost)).toEqual(storageKey('e\u0301', salt, cost))
    expect(() => storageKey('a', new Uint8Array(8), cost)).toThrow(RangeError)
  })

  it('is not stretched for a key file of 32 random bytes or more, and is what Node derives', () => {
    const random = Uint8Array.from({ length: 32 }, (_, index) => (index * 83 + 0x81) & 0xff)
    const expected = Buffer.from(hkdfSync('sha256', random, salt, 'tributary storage key v2', 32))
    expect(Buffer.from(storageKey(random, salt)).equals(expected)).toBe(true)
    expect(storageKey(random, salt, 2 ** 10)).toEqual(storageKey(random, salt, 2 ** 11))
    expect(storageKey(random, new Uint8Array(16))).not.toEqual(storageKey(random, salt))
    expect(storageKey(random.with(0, 1), salt)).not.toEqual(storageKey(random, salt))
  })

  it('is stretched for a key file that is short, or text: a sentence can be guessed', () => {
    const sentence = new TextEncoder().encode('Vier Schlüssel hängen am Brett,\n\tund einer passt.\n')
    const hex = new TextEncoder().encode('0123456789abcdef'.repeat(4))
    for (const bytes of [sentence, hex, new Uint8Array(31).fill(0xff)]) {
      const expected = scryptSync(bytes, salt, 32, { N: 2 ** 10, r: 8, p: 1 })
      expect(Buffer.from(storageKey(bytes, salt, 2 ** 10)).equals(expected)).toBe(true)
    }
  })
})
