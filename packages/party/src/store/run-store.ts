import type { PartyOutcome } from '@tributary/federation'
import {
  type AuditEntry,
  auditEntrySchema,
  type ErrorBody,
  errorBodySchema,
  type MessageKind,
  type Publish,
  publishSchema,
} from '@tributary/protocol'
import { z } from 'zod'
import { MissingBulk } from '../jobs/job-runner.ts'
import type { PartyDatabase } from './database.ts'
import { type ChainLink, kindSchema, linkSchema, unsentSchema } from './mail-rows.ts'
import { partyOutcomeSchema } from './outcome-schema.ts'
import { packParts, unpackParts } from './parts.ts'
import type { OutgoingMail, ReceivedMail, RunCommit } from './run-commit.ts'
import type { Vault } from './vault.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()
/** Of a run that is over: the owner's own rows, which the audit and the list of common rows are made from. */
const LASTING_BLOBS = "('table', 'alignment')"
const WORK_BLOBS = `FROM blobs WHERE run = ? AND name NOT IN ${LASTING_BLOBS}`
const WORK_MAIL = 'run = ? AND sealed_content IS NOT NULL'

/** One run in a party's store. */
export class RunStore {
  readonly run: string
  readonly #db: PartyDatabase
  readonly #vault: Vault

  constructor(db: PartyDatabase, vault: Vault, run: string) {
    this.#db = db
    this.#vault = vault
    this.run = run
  }

  /** The newest state, null before the first commit. */
  state(): { readonly version: number; readonly json: string } | null {
    const sealed = this.#db.blob('SELECT sealed_state FROM runs WHERE id = ?', this.run)
    if (sealed === null) return null
    const version = this.#db.row(z.object({ version: z.int() }), 'SELECT version FROM runs WHERE id = ?', this.run)?.version ?? 0
    return { version, json: decoder.decode(this.#vault.open(sealed, this.#place('state'))) }
  }

  /** Cursor up to which all mail of the hub is settled. */
  cursor(): number {
    return this.#db.row(z.object({ cursor: z.int() }), 'SELECT cursor FROM runs WHERE id = ?', this.run)?.cursor ?? 0
  }

  outcome(): PartyOutcome | null {
    const sealed = this.#db.blob('SELECT sealed_outcome FROM runs WHERE id = ?', this.run)
    if (sealed === null) return null
    return partyOutcomeSchema.parse(JSON.parse(decoder.decode(this.#vault.open(sealed, this.#place('outcome')))))
  }

  /** Why the run is over for this party; null while it is not. `announced`: the hub knows, or need not. */
  ended(): { readonly error: ErrorBody; readonly announced: boolean } | null {
    const schema = z.object({ ended: z.string().nullable(), announced: z.int() })
    const row = this.#db.row(schema, 'SELECT ended, announced FROM runs WHERE id = ?', this.run)
    if (row === null || row.ended === null) return null
    return { error: errorBodySchema.parse(JSON.parse(row.ended)), announced: row.announced === 1 }
  }

  markAnnounced(): void {
    this.#db.change('UPDATE runs SET announced = 1 WHERE id = ?', this.run)
  }

  commit(commit: RunCommit): void {
    const { outcome, ended } = commit
    this.#db.atomically(() => {
      if (commit.received !== null) this.#receive(commit.received)
      for (const mail of commit.outgoing) this.#put(mail)
      for (const { blob, parts } of commit.keep) {
        const sealed = this.#vault.seal(packParts(parts), this.#place(`blob ${blob}`))
        this.#db.change('INSERT OR REPLACE INTO blobs VALUES (?, ?, ?)', this.run, blob, sealed)
      }
      for (const { seq, event, signature } of commit.publish) {
        const body = JSON.stringify({ seq, event, signature })
        this.#db.change('INSERT INTO published (run, seq, body) VALUES (?, ?, ?)', this.run, seq, body)
      }
      for (const entry of commit.audit)
        this.#db.change('INSERT INTO audit VALUES (?, ?, ?)', this.run, entry.record.seq, JSON.stringify(entry))
      for (const blob of commit.forgetBlobs) this.#db.change('DELETE FROM blobs WHERE run = ? AND name = ?', this.run, blob)
      for (const sha256 of commit.forgetMessages)
        this.#db.change('UPDATE inbox SET sealed_content = NULL WHERE run = ? AND sha256 = ?', this.run, sha256)
      if (outcome !== null) {
        const sealed = this.#vault.seal(encoder.encode(JSON.stringify(outcome)), this.#place('outcome'))
        this.#db.change('UPDATE runs SET sealed_outcome = ? WHERE id = ?', sealed, this.run)
      }
      if (ended !== null) {
        const announced = ended.announce ? 0 : 1
        this.#db.change('UPDATE runs SET ended = ?, announced = ? WHERE id = ?', JSON.stringify(ended.error), announced, this.run)
        this.#deleteWork()
      }
      const sealed = this.#vault.seal(encoder.encode(commit.state), this.#place('state'))
      this.#db.change('UPDATE runs SET sealed_state = ?, version = version + 1 WHERE id = ?', sealed, this.run)
    })
    if (commit.forgetBlobs.length > 0 || ended !== null) this.#db.scrub()
  }

  /** Of a run that a version ended which left its work there. Nothing when there is none. */
  forgetWork(): void {
    const left = `SELECT 1 AS one ${WORK_BLOBS} UNION ALL SELECT 1 FROM inbox WHERE ${WORK_MAIL}`
    if (this.#db.row(z.object({}), left, this.run, this.run) === null) return
    this.#db.atomically(() => this.#deleteWork())
    this.#db.scrub()
  }

  /** What an ended run was working with, keys and received messages, whatever its machine did. */
  #deleteWork(): void {
    this.#db.change(`DELETE ${WORK_BLOBS}`, this.run)
    this.#db.change(`UPDATE inbox SET sealed_content = NULL WHERE ${WORK_MAIL}`, this.run)
  }

  /** Mail that is not for the machine: a check refused it. It takes its place in the pair's chain. */
  settle(received: ReceivedMail): void {
    this.#db.atomically(() => this.#receive(received))
  }

  /** All mail up to here was dealt with, though not all of it was taken. */
  advance(cursor: number): void {
    this.#db.change('UPDATE runs SET cursor = max(cursor, ?) WHERE id = ?', cursor, this.run)
  }

  lastSent(receiver: string): ChainLink | null {
    const sql = 'SELECT seq, sha256 FROM outbox WHERE run = ? AND receiver = ? ORDER BY seq DESC LIMIT 1'
    return this.#db.row(linkSchema, sql, this.run, receiver)
  }

  lastReceived(sender: string): ChainLink | null {
    const sql = 'SELECT seq, sha256 FROM inbox WHERE run = ? AND sender = ? ORDER BY seq DESC LIMIT 1'
    return this.#db.row(linkSchema, sql, this.run, sender)
  }

  receivedHash(sender: string, seq: number): string | null {
    const sql = 'SELECT sha256 FROM inbox WHERE run = ? AND sender = ? AND seq = ?'
    return this.#db.row(z.object({ sha256: z.string() }), sql, this.run, sender, seq)?.sha256 ?? null
  }

  /** Receivers with mail that the hub has not acknowledged. */
  receiversWaiting(): readonly string[] {
    const sql = 'SELECT DISTINCT receiver FROM outbox WHERE run = ? AND bytes IS NOT NULL'
    return this.#db.rows(z.object({ receiver: z.string() }), sql, this.run).map(({ receiver }) => receiver)
  }

  nextUnsent(receiver: string): OutgoingMail | null {
    const from = 'FROM outbox WHERE run = ? AND receiver = ? AND bytes IS NOT NULL ORDER BY seq LIMIT 1'
    const row = this.#db.row(unsentSchema, `SELECT receiver, seq, sha256, kind, step ${from}`, this.run, receiver)
    const bytes = this.#db.blob(`SELECT bytes ${from}`, this.run, receiver)
    return row === null || bytes === null ? null : { ...row, bytes }
  }

  /**
   * The hub has it durably: the hash stays, the bytes are not needed any more. They are sealed to another, and the hub says that it
   * knows them should this mark be lost.
   */
  markSent(receiver: string, seq: number): void {
    this.#db.changeCheaply('UPDATE outbox SET bytes = NULL WHERE run = ? AND receiver = ? AND seq = ?', this.run, receiver, seq)
  }

  /** Hashes of own messages of a kind, in order. */
  sentHashes(kind: string): readonly string[] {
    const sql = 'SELECT sha256 FROM outbox WHERE run = ? AND kind = ? ORDER BY receiver, seq'
    return this.#db.rows(z.object({ sha256: z.string() }), sql, this.run, kind).map(({ sha256 }) => sha256)
  }

  nextUnpublished(): Publish | null {
    const sql = 'SELECT body FROM published WHERE run = ? AND sent = 0 ORDER BY seq LIMIT 1'
    const row = this.#db.row(z.object({ body: z.string() }), sql, this.run)
    return row === null ? null : publishSchema.parse(JSON.parse(row.body))
  }

  markPublished(seq: number): void {
    this.#db.changeCheaply('UPDATE published SET sent = 1 WHERE run = ? AND seq = ?', this.run, seq)
  }

  lastPublished(): number {
    const sql = 'SELECT coalesce(max(seq), 0) AS seq FROM published WHERE run = ?'
    return this.#db.row(z.object({ seq: z.int() }), sql, this.run)?.seq ?? 0
  }

  auditLog(): readonly AuditEntry[] {
    const rows = this.#db.rows(z.object({ entry: z.string() }), 'SELECT entry FROM audit WHERE run = ? ORDER BY seq', this.run)
    return rows.map(({ entry }) => auditEntrySchema.parse(JSON.parse(entry)))
  }

  /** What was seen of the key service's log, as it was stored. */
  seen<T>(what: 'head' | 'receipt' | 'told', schema: z.ZodType<T>): readonly T[] {
    const sql = 'SELECT body FROM seen WHERE run = ? AND what = ? ORDER BY seq'
    return this.#db.rows(z.object({ body: z.string() }), sql, this.run, what).map(({ body }) => schema.parse(JSON.parse(body)))
  }

  hasBlob(name: string): boolean {
    return this.#db.row(z.object({}), 'SELECT 1 AS one FROM blobs WHERE run = ? AND name = ?', this.run, name) !== null
  }

  /** @throws MissingBulk when it is not there or does not open */
  blob(name: string): readonly Uint8Array[] {
    const sealed = this.#db.blob('SELECT sealed_bytes FROM blobs WHERE run = ? AND name = ?', this.run, name)
    return unpackParts(this.#opened(sealed, `blob ${name}`, name))
  }

  /** Opened content of a received message. @throws MissingBulk */
  message(sha256: string): Uint8Array {
    const sealed = this.#db.blob('SELECT sealed_content FROM inbox WHERE run = ? AND sha256 = ?', this.run, sha256)
    return this.#opened(sealed, `message ${sha256}`, sha256)
  }

  messageKind(sha256: string): MessageKind | null {
    const sql = 'SELECT kind FROM inbox WHERE run = ? AND sha256 = ?'
    return this.#db.row(kindSchema, sql, this.run, sha256)?.kind ?? null
  }

  #opened(sealed: Uint8Array | null, context: string, ref: string): Uint8Array {
    if (sealed === null) throw new MissingBulk(ref)
    try {
      return this.#vault.open(sealed, this.#place(context))
    } catch (cause) {
      throw new MissingBulk(ref, { cause })
    }
  }

  #receive({ cursor, sender, seq, sha256, kind, step, content, refusal, heads, receipts, told }: ReceivedMail): void {
    for (const head of heads) this.#see('head', head.seq, head.hash, head)
    for (const receipt of receipts) this.#see('receipt', receipt.record.seq, receipt.hash, receipt)
    for (const line of told) this.#see('told', line.seq, line.responseSha256, line)
    const sealed = content === null ? null : this.#vault.seal(content, this.#place(`message ${sha256}`))
    this.#db.change(
      'INSERT INTO inbox VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      this.run,
      sender,
      seq,
      sha256,
      kind,
      step,
      refusal,
      sealed,
    )
    this.advance(cursor)
  }

  #put({ receiver, seq, sha256, kind, step, bytes }: OutgoingMail): void {
    this.#db.change('INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?)', this.run, receiver, seq, sha256, kind, step, bytes)
  }

  #see(what: 'head' | 'receipt' | 'told', seq: number, hash: string, body: unknown): void {
    this.#db.change('INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?, ?)', this.run, what, seq, hash, JSON.stringify(body))
  }

  #place(what: string): string {
    return `${this.run} ${what}`
  }
}
