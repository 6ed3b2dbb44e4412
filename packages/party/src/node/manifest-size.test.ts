import { canonicalSha256, createIdentity, publicKeysOf } from '@tributary/crypto'
import { chooseParameters } from '@tributary/crypto/bfv'
import {
  MAX_ENVELOPE_BYTES,
  type Manifest,
  type PartyRole,
  TributaryError,
  VERTICAL_PROTOCOL,
  type VerticalParty,
} from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { MemoryHub } from '../testing/memory-hub.ts'
import { composeManifest } from './compose-manifest.ts'
import { heInput } from './he-input.ts'
import { reviewManifest } from './review-manifest.ts'

/** A run of two parties with so many columns each: its manifest, and what its author and a reviewer make of it. */
async function agreementOn(columns: number, rows: number, fx: number, fu: number) {
  const hub = new MemoryHub()
  const own = { rows, features: columns }
  const [a, b, c] = await Promise.all([
    registered(hub, 'a', 'feature', own),
    registered(hub, 'b', 'label', own),
    registered(hub, 'c', 'key-service', { rows: null, features: null }),
  ])
  const peers = Object.fromEntries([a, b, c].map(({ name, fingerprint }) => [name, fingerprint]))
  const run = hub.createRun({ fixedPoint: { fx, fu } })
  const { id: runId, settings } = run
  const parties = [a, b, c].map(({ name, role, fingerprint, features }) => ({ name, role, fingerprint, features: features ?? 0 }))
  const he = chooseParameters(heInput({ parties, settings, rowsBound: rows }))
  const manifest: Manifest = { protocol: VERTICAL_PROTOCOL, runId, parties, settings, he, rowsBound: rows }
  const proposed = { ...run, manifestSha256: canonicalSha256(manifest) }
  return {
    composed: () => composeManifest(run, b, peers),
    reviewed: () => reviewManifest(proposed, manifest, { ...c, table: null, peers }, [a, b, c]),
    manifest,
  }
}

const registered = (hub: MemoryHub, name: string, role: PartyRole, size: Pick<VerticalParty, 'rows' | 'features'>) =>
  hub.link(name).register({ role, keys: publicKeysOf(createIdentity()), ...size })

const refusal = (work: () => unknown): unknown => {
  try {
    work()
  } catch (error) {
    return error instanceof TributaryError ? { code: error.code, ...error.details } : error
  }
  return null
}

describe('a manifest whose messages no envelope carries', () => {
  // Openings of two primes at N = 16384; ciphertexts of 123 chunks under 4 keys.
  it.each([
    [600, 30_000, 20, 22, 'open', 600 * (113 + 2 * 2 * 16_384 * 8)],
    [100, 1_000_000, 14, 14, 'u or d', 4 * 123 * (113 + 2 * 3 * 8_192 * 8)],
  ])('%i columns each and %i rows at %i and %i digits is refused by who writes and who reviews it', async (...shape) => {
    const [columns, rows, fx, fu, kind, bytes] = shape
    const { composed, reviewed } = await agreementOn(columns, rows, fx, fu)
    const reason = expect.stringContaining(`(${kind}) takes ${bytes + 65_536} bytes and ${MAX_ENVELOPE_BYTES} fit`)
    expect(refusal(reviewed)).toEqual({ code: 'slr_params', reason })
    expect(refusal(composed)).toEqual({ code: 'slr_params', reason })
  })

  it('is none with 1000 columns each at 14 and 14 digits, which just fit', async () => {
    const { composed, reviewed, manifest } = await agreementOn(1_000, 20_000, 14, 14)
    expect(refusal(reviewed)).toBeNull()
    expect(composed()).toEqual(manifest)
  })
})
