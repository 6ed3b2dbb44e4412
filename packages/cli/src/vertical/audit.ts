import { publicKeysOf } from '@tributary/crypto'
import type { AuditLog } from '@tributary/key-service'
import { openPartyStore, type RunAudit, verifyRunAudit } from '@tributary/party'
import { type AuditEntry, fingerprintOf, TributaryError } from '@tributary/protocol'
import { endOfProcess } from '../children/parent-channel.ts'
import type { AuditSource, AuditVerifyOptions } from '../commands/audit.ts'
import { tokenOfFile } from '../connection/chosen-connection.ts'
import type { Printer } from '../output/printer.ts'
import { formatTable } from '../output/table.ts'
import { fetchAuditLog, readAuditLog } from './audit-log.ts'
import { askHolder } from './control/control-client.ts'
import { chosenPartyFolder } from './party-folder.ts'
import { stateLock } from './state-lock.ts'

const invalid = (setting: string, reason: string) => new TributaryError('config_invalid', { setting, reason })

/**
 * By the process that holds the folder, else by opening it.
 * @throws TributaryError `audit_broken`, `audit_fork`, `not_found` for a run of others, `secret_storage_locked`
 */
export async function verifyAudit(options: AuditVerifyOptions, printer: Printer): Promise<void> {
  const folder = chosenPartyFolder(options)
  const { entries } = await auditLogOf(options)
  const held = await askHolder(folder, 'audit', { entries }, endOfProcess())
  const audit = held ?? (await verifyInFolder(folder, options, entries))
  const { run, entries: count, receipts, heads, head } = audit
  printer.result(audit, [
    `The log of ${run} holds: ${count} entries, chained and signed.`,
    `It has each of the ${receipts} own receipts once, no request that was not made here, and all ${heads} heads that were seen.`,
    `head ${head.seq} ${head.hash}`,
  ])
}

async function verifyInFolder(folder: string, options: AuditVerifyOptions, entries: readonly AuditEntry[]): Promise<RunAudit> {
  const store = await openPartyStore({ folder, lock: stateLock(options.keyFile, process.env) })
  try {
    const run = store.runOf(entries[0]?.record.run ?? '')
    const fingerprint = fingerprintOf(publicKeysOf(store.identity()))
    const parties = run === null ? [] : (store.decision(run)?.charter.manifest.parties ?? [])
    const name = parties.find((party) => party.fingerprint === fingerprint)?.name ?? ''
    return verifyRunAudit({ store, name }, entries)
  } finally {
    store.close()
  }
}

export async function showAudit(options: AuditSource, printer: Printer): Promise<void> {
  const log = await auditLogOf(options)
  printer.result(log, [`Log of the key service ${log.name}, signing key ${log.keys.signing}`, '', ...entryTable(log.entries)])
}

const columns = [
  { title: 'seq', align: 'right' },
  { title: 'step', align: 'right' },
  { title: 'kind' },
  { title: 'party' },
  { title: 'numbers', align: 'right' },
  { title: 'left', align: 'right' },
  { title: 'code' },
  { title: 'at' },
  { title: 'hash' },
] as const

const entryTable = (entries: readonly AuditEntry[]): string[] =>
  formatTable(
    columns,
    entries.map(({ record, hash }) => [
      String(record.seq),
      String(record.step),
      record.kind,
      record.party,
      String(record.numbersReturned),
      record.kind === 'opening' || record.kind === 'refused' ? String(record.quotaLeft) : '',
      record.code ?? '',
      record.at,
      hash.slice(0, 16),
    ]),
  )

/** @throws TributaryError `config_invalid` when it is not said where the log is */
async function auditLogOf({ log, keyService, run, tokenFile }: AuditSource): Promise<AuditLog> {
  if (log !== undefined && keyService !== undefined) throw invalid('log', '--log and --key-service exclude each other')
  if (log !== undefined) return readAuditLog(log)
  if (keyService === undefined) throw invalid('log', 'give --log FILE or --key-service URL')
  if (run === undefined) throw invalid('run', 'name the run with --run')
  const token = tokenFile === undefined ? process.env.TRIBUTARY_AUDITOR_TOKEN?.trim() : await tokenOfFile(tokenFile)
  if (!token) throw invalid('token', 'set TRIBUTARY_AUDITOR_TOKEN or give --token-file')
  return fetchAuditLog(keyService, token, run)
}
