import { checkMessageSizes, chooseParameters } from '@tributary/crypto/bfv'
import { type Manifest, manifestSchema, TributaryError, VERTICAL_PROTOCOL, type VerticalRun } from '@tributary/protocol'
import { type PinnedPeers, pinOf, unpinned } from '../identity/pinned-peers.ts'
import { heInput } from './he-input.ts'

/**
 * The manifest of a run by its label party: what the parties declared at the hub, fingerprints as they are pinned here, encryption
 * parameters that follow from both.
 * @throws TributaryError `party_fingerprint_unknown`, `slr_params`, `slr_overflow_bound`, `he_budget`, `manifest_mismatch`
 */
export function composeManifest(run: VerticalRun, me: { name: string; fingerprint: string }, peers: PinnedPeers): Manifest {
  const parties = run.parties
    .map(({ name, role, fingerprint: declared, features }) => {
      const fingerprint = name === me.name ? me.fingerprint : pinOf(peers, name)
      if (fingerprint === null) throw unpinned(name, declared)
      if (fingerprint !== declared)
        throw new TributaryError('party_fingerprint_unknown', { name, actual: declared, expected: fingerprint })
      return { name, role, fingerprint, features: features ?? 0 }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const { settings } = run
  const rowsBound = Math.min(...run.parties.flatMap(({ rows }) => rows ?? []))
  const input = heInput({ parties, settings, rowsBound })
  const he = chooseParameters(input)
  checkMessageSizes(he, input)
  const manifest = manifestSchema.safeParse({ protocol: VERTICAL_PROTOCOL, runId: run.id, parties, settings, he, rowsBound })
  if (!manifest.success)
    throw new TributaryError('manifest_mismatch', { reason: manifest.error.issues[0]?.message ?? 'it does not fit the schema' })
  return manifest.data
}
