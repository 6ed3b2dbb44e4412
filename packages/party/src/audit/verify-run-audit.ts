import { verifyAuditLog } from '@tributary/crypto'
import { keyServiceName, stepCap } from '@tributary/federation'
import {
  type AuditEntry,
  auditEntrySchema,
  type Manifest,
  type SignedHead,
  sha256Schema,
  signedHeadSchema,
  TributaryError,
} from '@tributary/protocol'
import { z } from 'zod'
import { unpackTable } from '../jobs/prepared-table.ts'
import type { PartyStore } from '../store/party-store.ts'
import type { RunStore } from '../store/run-store.ts'

const toldSchema = z.object({ seq: z.int(), responseSha256: sha256Schema })

export interface RunAudit {
  /** The hub's name of the run. */
  readonly run: string
  readonly entries: number
  readonly head: SignedHead
  /** Own receipts and seen heads that were found in the log. */
  readonly receipts: number
  readonly heads: number
}

/**
 * Verifies the key service's log of a run against what this party knows by itself: chain and signatures, own receipts and requests,
 * heads that it was shown by anybody, keys and decisions that it was told, quotas. Works without the hub.
 * @param party a session, or a store that is open
 * @throws TributaryError `not_found` for a run of others, `audit_broken`, `audit_fork`
 */
export function verifyRunAudit(
  party: { readonly store: PartyStore; readonly name: string },
  entries: readonly AuditEntry[],
): RunAudit {
  const manifestSha256 = entries[0]?.record.run
  if (manifestSha256 === undefined) throw new TributaryError('audit_broken', { seq: 0, reason: 'there is no entry' })
  const run = party.store.runOf(manifestSha256)
  const charter = run === null ? null : party.store.decision(run)?.charter
  if (run === null || charter == null) throw new TributaryError('not_found', { what: 'vertical run', id: manifestSha256 })
  const { manifest, keys } = charter
  const keyService = keyServiceName(manifest)
  const known = keys[keyService]
  if (known === undefined) throw new TributaryError('not_found', { what: 'party', id: keyService })
  const store = party.store.run(run)
  const receipts = store.seen('receipt', auditEntrySchema)
  const heads = store.seen('head', signedHeadSchema)
  const told = store.seen('told', toldSchema)
  const quota = quotas(manifest, entries, { name: party.name, store })
  const requests = store.sentHashes('open')
  const { head } = verifyAuditLog(entries, known, { name: party.name, requests, receipts, heads, told, quota })
  return { run, entries: entries.length, head, receipts: receipts.length, heads: heads.length }
}

/**
 * p_j·T of each party. Own p_j is known; others may have dropped constant columns, which is their own matter: their p_j is what the
 * log says in their first opening, at most what they declared.
 */
function quotas(
  manifest: Manifest,
  entries: readonly AuditEntry[],
  me: { name: string; store: RunStore },
): Record<string, number> {
  if (!me.store.hasBlob('table')) return {}
  const table = unpackTable(me.store.blob('table'))
  const quota: Record<string, number> = {}
  for (const { name, features: declared } of manifest.parties) {
    const first = entries.find(({ record }) => record.party === name && record.kind === 'opening')
    const features = name === me.name ? table.columns.length : Math.min(declared, first?.record.numbersReturned ?? 0)
    if (features > 0) quota[name] = features * stepCap(manifest, table.rows, features)
  }
  return quota
}
