import { createHash } from 'node:crypto'
import { type EnvelopeHeader, FIRST_PREV_HASH, readEnvelope, TributaryError, writeEnvelope } from '@tributary/protocol'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { canonicalJson } from './canonical-json.ts'
import { openEnvelope, sealEnvelope, verifyEnvelope } from './envelope.ts'
import { createIdentity, publicKeysOf, type SecretIdentity, sign } from './identity.ts'

const header: EnvelopeHeader = {
  proto: 'tributary-slr/1',
  run: 'ab'.repeat(32),
  step: 3,
  kind: 'u',
  from: 'hospital',
  to: 'bank',
  seq: 2,
  prevHash: FIRST_PREV_HASH,
}
const [hospital, bank, stranger] = [createIdentity(), createIdentity(), createIdentity()]
const content = new TextEncoder().encode('what only the bank may read')

const codeOf = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    return error instanceof TributaryError ? error.code : String(error)
  }
  return 'accepted'
}
const sealed = (head: EnvelopeHeader = header) => sealEnvelope({ header: head, content, from: hospital, to: publicKeysOf(bank) })

/** An envelope that somebody signs over whatever bytes they please. */
function resigned(headerBytes: Uint8Array, body: Uint8Array, by: SecretIdentity): Uint8Array {
  const digest = createHash('sha256').update(headerBytes).update(body).digest()
  const signature = Uint8Array.from(Buffer.from(sign(by, digest), 'base64url'))
  return writeEnvelope({ headerBytes, signature, sealed: body })
}

describe('envelope', () => {
  let bytes: Uint8Array
  beforeAll(async () => {
    bytes = (await sealed()).bytes
  })

  it('is verified without opening, and opened by its receiver', async () => {
    const { bytes: fresh, sha256 } = await sealed()
    const verified = verifyEnvelope(fresh, publicKeysOf(hospital))
    expect(verified.sha256).toBe(sha256)
    expect(sha256).toBe(createHash('sha256').update(fresh).digest('hex'))
    expect(verified.envelope.header).toEqual(header)
    expect(await openEnvelope(verified.envelope, bank)).toEqual(content)
    expect(Buffer.from(fresh).includes(Buffer.from(content))).toBe(false)
  })

  it('is never the same twice: what was sent has to be stored', async () => {
    expect((await sealed()).bytes).not.toEqual((await sealed()).bytes)
  })

  it('carries any content, none included', async () => {
    for (const length of [0, 1, 100_000]) {
      const any = new Uint8Array(length).fill(7)
      const made = await sealEnvelope({ header, content: any, from: hospital, to: publicKeysOf(bank) })
      expect(await openEnvelope(verifyEnvelope(made.bytes, publicKeysOf(hospital)).envelope, bank)).toEqual(any)
    }
  })

  it('opens for the receiver alone', async () => {
    const { envelope } = verifyEnvelope(bytes, publicKeysOf(hospital))
    for (const other of [stranger, hospital]) {
      await expect(openEnvelope(envelope, other)).rejects.toMatchObject({ code: 'auth_signature', details: { from: 'hospital' } })
    }
  })

  it('is refused when any byte is another', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const altered = bytes.slice()
        altered[at] = (altered[at] ?? 0) ^ change
        expect(['auth_signature', 'envelope_malformed']).toContain(codeOf(() => verifyEnvelope(altered, publicKeysOf(hospital))))
      }),
      { numRuns: 250, seed: 1 },
    )
  })

  it('is refused when bytes are missing or too many', () => {
    for (const cut of [0, 1, 7, 8, 100, bytes.length - 1]) {
      expect(['auth_signature', 'envelope_malformed']).toContain(
        codeOf(() => verifyEnvelope(bytes.subarray(0, cut), publicKeysOf(hospital))),
      )
    }
    expect(codeOf(() => verifyEnvelope(Uint8Array.from([...bytes, 0]), publicKeysOf(hospital)))).toBe('auth_signature')
  })

  it('is refused as the message of another party', () => {
    expect(codeOf(() => verifyEnvelope(bytes, publicKeysOf(stranger)))).toBe('auth_signature')
    const { headerBytes, sealed: body } = readEnvelope(bytes)
    expect(codeOf(() => verifyEnvelope(resigned(headerBytes, body, stranger), publicKeysOf(hospital)))).toBe('auth_signature')
  })

  it.each([
    ['step', { step: 4 }],
    ['run', { run: 'cd'.repeat(32) }],
    ['kind', { kind: 'd' }],
    ['receiver', { to: 'school' }],
    ['place in the chain', { seq: 3 }],
  ] as const)('does not pass under a header of another %s, not even when its sender signs that', async (_, change) => {
    const other = await sealed({ ...header, ...change })
    const swapped = { ...readEnvelope(other.bytes), sealed: readEnvelope(bytes).sealed }
    expect(codeOf(() => verifyEnvelope(writeEnvelope(swapped), publicKeysOf(hospital)))).toBe('auth_signature')
    const signed = resigned(swapped.headerBytes, swapped.sealed, hospital)
    const { envelope } = verifyEnvelope(signed, publicKeysOf(hospital))
    await expect(openEnvelope(envelope, bank)).rejects.toMatchObject({ code: 'auth_signature' })
  })

  it('has one spelling of its header', () => {
    const { sealed: body } = readEnvelope(bytes)
    const blank = new TextEncoder().encode(canonicalJson(header).replace(',', ', '))
    expect(codeOf(() => verifyEnvelope(resigned(blank, body, hospital), publicKeysOf(hospital)))).toBe('envelope_malformed')
    const twice = new TextEncoder().encode(canonicalJson(header).replace('{', '{"step":9,'))
    expect(codeOf(() => verifyEnvelope(resigned(twice, body, hospital), publicKeysOf(hospital)))).toBe('envelope_malformed')
  })

  it('is refused when its sealed part is too short to be one', () => {
    const { headerBytes, sealed: body } = readEnvelope(bytes)
    const short = resigned(headerBytes, body.subarray(0, 47), hospital)
    expect(codeOf(() => verifyEnvelope(short, publicKeysOf(hospital)))).toBe('envelope_malformed')
  })
})
