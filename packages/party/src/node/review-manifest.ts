import { canonicalJson, canonicalSha256 } from '@tributary/crypto'
import { checkMessageSizes, checkParameters } from '@tributary/crypto/bfv'
import { fewestRows } from '@tributary/federation'
import {
  fingerprintOf,
  type Manifest,
  type PartyKeys,
  type PartyRole,
  TributaryError,
  type VerticalParty,
  type VerticalRun,
} from '@tributary/protocol'
import { type PinnedPeers, requirePinned, unpinned } from '../identity/pinned-peers.ts'
import type { PartyTable } from '../table/party-table.ts'
import { heInput } from './he-input.ts'

export interface Reviewer {
  readonly name: string
  readonly role: PartyRole
  readonly keys: PartyKeys
  /** null at the key service. */
  readonly table: PartyTable | null
  readonly peers: PinnedPeers
}

/**
 * What a party checks before it signs; the manifest comes from another operator by way of the hub, so nothing is taken on trust.
 * @param registered what the hub says are the parties' keys
 * @returns everybody's keys, each compared with its pinned fingerprint
 * @throws TributaryError with the code that is told as the reason of the refusal
 */
export function reviewManifest(
  run: VerticalRun,
  manifest: Manifest,
  me: Reviewer,
  registered: readonly VerticalParty[],
): Readonly<Record<string, PartyKeys>> {
  const mismatch = (reason: string) => new TributaryError('manifest_mismatch', { reason })
  if (manifest.runId !== run.id) throw mismatch(`it is for the run ${manifest.runId}`)
  if (canonicalSha256(manifest) !== run.manifestSha256) throw mismatch('its hash is not the announced one')
  requireRoles(manifest)
  const keys = pinnedKeys(manifest, me, registered)
  const mine = manifest.parties.find(({ name }) => name === me.name)
  if (mine?.role !== me.role) throw mismatch(`${me.name} takes part as ${me.role}, not as ${mine?.role ?? 'nothing'}`)
  if (mine.features !== (me.table?.names.length ?? 0))
    throw mismatch(`${me.name} has ${me.table?.names.length ?? 0} features, not ${mine.features}`)
  if (canonicalJson(manifest.settings) !== canonicalJson(run.settings))
    throw mismatch('its settings are not those that the run was created with')
  const declared = Math.min(...run.parties.flatMap(({ rows }) => rows ?? []))
  if (manifest.rowsBound !== declared) throw mismatch(`the least of the declared row counts is ${declared}`)
  requireRows(manifest, me)
  const input = heInput(manifest)
  checkParameters(manifest.he, input)
  checkMessageSizes(manifest.he, input)
  return keys
}

function requireRoles({ parties, settings }: Manifest): void {
  const mismatch = (reason: string) => new TributaryError('manifest_mismatch', { reason })
  const names = parties.map(({ name }) => name)
  if (names.some((name, index) => index > 0 && (names[index - 1] ?? '') >= name))
    throw mismatch('its parties are not in order of names')
  const count = (role: PartyRole) => parties.filter((party) => party.role === role).length
  if (count('label') !== 1 || count('key-service') !== 1 || count('feature') < 1)
    throw mismatch('it has not one label party, one key service and at least one feature party')
  if (parties.some(({ role, features }) => (role === 'feature' && features === 0) || (role === 'key-service' && features > 0)))
    throw mismatch('a feature party has no feature, or the key service has some')
  const { predictionReceiver } = settings
  if (predictionReceiver !== null && !names.includes(predictionReceiver))
    throw mismatch(`${predictionReceiver}, who is to receive predictions, is no party`)
}

function pinnedKeys(manifest: Manifest, me: Reviewer, registered: readonly VerticalParty[]): Record<string, PartyKeys> {
  const keys: Record<string, PartyKeys> = {}
  for (const { name, fingerprint } of manifest.parties) {
    const isMe = name === me.name
    const known = isMe ? me.keys : registered.find((party) => party.name === name)?.keys
    if (known === undefined) throw unpinned(name)
    keys[name] = isMe ? known : requirePinned(name, known, me.peers)
    const actual = fingerprintOf(known)
    if (fingerprint !== actual)
      throw new TributaryError('party_fingerprint_unknown', { name, actual: fingerprint, expected: actual })
  }
  return keys
}

/** Bounds that follow from the own table; what alignment leaves is checked again by the machine. */
function requireRows(manifest: Manifest, { name, table }: Reviewer): void {
  const { settings, rowsBound } = manifest
  const minimum = fewestRows(manifest)
  if (rowsBound < minimum) throw new TributaryError('slr_too_few_rows', { rows: rowsBound, minimum })
  if (table === null) return
  const rows = table.ids.length
  if (rows < rowsBound)
    throw new TributaryError('manifest_mismatch', { reason: `${name} has ${rows} rows, fewer than ${rowsBound}` })
  if (rows > settings.maximumIds) throw new TributaryError('psi_too_many_ids', { name, actual: rows, limit: settings.maximumIds })
  if (settings.rowWeights && table.rowWeights === null)
    throw new TributaryError('slr_row_weights', { reason: `${name} has no column of weights` })
}
