import type { Readable } from 'node:stream'
import { verify } from '@tributary/crypto'
import { gapProblem, handsOutMail, headerProblem, hubRunHasEnded, partyOf, takesMail } from '@tributary/federation'
import {
  type EnvelopeHeader,
  FIRST_PREV_HASH,
  type Mail,
  type MailReceipt,
  type MessageKind,
  type RunId,
  TributaryError,
} from '@tributary/protocol'
import type { Blobs } from '../storage/blobs.ts'
import { isOlder, removeOlder } from '../storage/old-files.ts'
import type { MailRecord, VerticalRunRecord, VerticalStore } from '../storage/vertical-store.ts'
import { STAGED_PREFIX, type StagedEnvelope, stageEnvelope } from './staged-envelope.ts'
import type { VerticalEngine } from './vertical-engine.ts'

export interface MailLimits {
  /** Bytes of all mail of one run. */
  mailBytesPerRun: number
  /** Messages that one party sends at the same time. */
  mailAtOnce: number
  /** Days that mail of an ended run waits for a receiver who does not come. */
  mailDays: number
}

export interface MailRoomDeps {
  engine: VerticalEngine
  store: VerticalStore
  /** Of its own: nothing else is kept there. */
  blobs: Blobs
  limits: MailLimits
  now: () => number
  /** A message is durable that was not before. */
  onRelayed: (kind: MessageKind, bytes: number) => void
}

const DAY_MS = 86_400_000
const REMOVED_AT_ONCE = 1_000

/**
 * Sealed messages between the parties of a run. The hub checks who they are from, to whom, for which run and at which place, and
 * that the sender signed them; it cannot open them. What it acknowledges is on disk.
 */
export class MailRoom {
  readonly #deps: MailRoomDeps
  readonly #arriving = new Map<string, number>()
  readonly #held = new Map<string, number>()

  constructor(deps: MailRoomDeps) {
    this.#deps = deps
  }

  /** Where envelopes lie. */
  get blobs(): Blobs {
    return this.#deps.blobs
  }

  /**
   * Takes a message of the party `by`. The same bytes again get the same receipt.
   * @throws TributaryError envelope_malformed, body_too_large, auth_signature, manifest_mismatch, vertical_not_running,
   * message_out_of_order, slr_equivocation, vertical_mail_full, rate_limited
   */
  async receive({ id, state }: VerticalRunRecord, by: string, body: Readable): Promise<MailReceipt> {
    const release = this.#enter(`${id}/${by}`)
    try {
      const staged = await stageEnvelope(body, this.#deps.blobs.stagingFolder, (header) => this.#precheck(id, by, header))
      try {
        const sender = partyOf(state, by)
        if (sender === undefined || !verify(sender.keys, staged.digest, staged.signature))
          throw new TributaryError('auth_signature', { from: by })
        const repeated = await this.#store(id, by, staged)
        return { status: 'stored', repeated, sha256: staged.sha256 }
      } finally {
        await staged.discard()
      }
    } finally {
      release()
      // An undrained body would keep its connection, and a closing server waits for it.
      body.resume()
    }
  }

  /** Mail after a cursor, which says that all before it is held; nothing while the run is paused. */
  async inbox({ id, state }: VerticalRunRecord, to: string, after: number, limit: number): Promise<Mail[]> {
    const newest = partyOf(state, to)?.cursor ?? 0
    // Until then nothing is removed, and whoever asks once it has ended says it again.
    if (hubRunHasEnded(state) && after > 0 && (await this.#hold(id, to, Math.min(after, newest)))) await this.sweep(id)
    if (!handsOutMail(state) || after >= newest) return []
    return (await this.#deps.store.inbox(id, to, { after, limit })).map(presentMail)
  }

  /** @throws not_found to everybody but its receiver; vertical_not_running while the run is paused */
  async open({ id, state }: VerticalRunRecord, to: string, sha256: string): Promise<{ bytes: number; stream: Readable }> {
    const mail = await this.#deps.store.mail(id, sha256)
    if (mail === null || mail.to !== to) throw new TributaryError('not_found', { what: 'message', id: sha256 })
    if (!handsOutMail(state)) throw new TributaryError('vertical_not_running', { phase: state.phase })
    return { bytes: mail.bytes, stream: await this.#deps.blobs.open(sha256) }
  }

  /** Removes the bytes of mail that nobody needs any more, of all runs or of one; that it was there stays known. */
  async sweep(run?: RunId): Promise<void> {
    const { store, blobs, limits, now } = this.#deps
    const before = new Date(now() - limits.mailDays * DAY_MS)
    for (;;) {
      const removable = await store.removableMail({ before, limit: REMOVED_AT_ONCE, run })
      if (removable.length === 0) return
      // Marked first: a crash in between leaves bytes that `recover` finds, never mail without them.
      await store.markRemoved(removable)
      for (const { sha256 } of removable) await blobs.remove(sha256)
    }
  }

  /** Removes what a crash left behind: envelopes that were arriving, bytes that no mail refers to. */
  async recover(): Promise<void> {
    const { store, blobs } = this.#deps
    await this.sweep()
    await removeOlder(blobs.stagingFolder, STAGED_PREFIX)
    const present = await blobs.list()
    const kept = await store.keptMail(present)
    for (const sha256 of present) if (!kept.has(sha256) && (await isOlder(blobs.file(sha256)))) await blobs.remove(sha256)
  }

  #enter(place: string): () => void {
    const { mailAtOnce } = this.#deps.limits
    const count = this.#arriving.get(place) ?? 0
    if (count >= mailAtOnce) throw new TributaryError('rate_limited', { limit: mailAtOnce, window: 'one moment', retryAfter: 1 })
    this.#arriving.set(place, count + 1)
    return () => {
      const left = (this.#arriving.get(place) ?? 1) - 1
      if (left === 0) this.#arriving.delete(place)
      else this.#arriving.set(place, left)
    }
  }

  /** Refuses by the header what would be refused anyway, before a hundred megabytes have come. */
  async #precheck(id: RunId, by: string, header: EnvelopeHeader): Promise<void> {
    const { state } = await this.#deps.engine.run(id)
    const problem = headerProblem(state, by, header)
    if (problem !== null) throw problem
    const { stored, head } = await this.#place(id, header)
    if (stored !== null) return
    if (!takesMail(state, header.kind)) throw new TributaryError('vertical_not_running', { phase: state.phase })
    const gap = gapProblem(header, head)
    if (gap !== null) throw gap
  }

  async #place(run: RunId, { from, to, seq }: EnvelopeHeader) {
    const { store } = this.#deps
    const last = await store.lastMail(run, from, to)
    const stored = last === null || seq > last.seq ? null : (await store.mailAt(run, from, to, seq))?.sha256
    return { stored: stored ?? null, head: { seq: last?.seq ?? 0, sha256: last?.sha256 ?? FIRST_PREV_HASH } }
  }

  /** @returns whether it was there before */
  async #store(run: RunId, by: string, { file, header, sha256, bytes }: StagedEnvelope): Promise<boolean> {
    const { engine, blobs, limits, onRelayed } = this.#deps
    let repeated = false
    await engine.step(run, async ({ state }) => {
      const { stored, head } = await this.#place(run, header)
      repeated = stored === sha256
      if (stored === null && takesMail(state, header.kind) && state.bytes + bytes > limits.mailBytesPerRun)
        throw new TributaryError('vertical_mail_full', { limit: limits.mailBytesPerRun })
      const { from, to, seq, kind, step, prevHash } = header
      return {
        event: { type: 'message', by, header, sha256, bytes, head, stored },
        mail: async (after) => {
          // On disk before the row that speaks of it; a crash in between leaves bytes that nothing refers to.
          await blobs.adopt(file, sha256, { synced: true })
          return { from, to, seq, kind, step, prevHash, sha256, bytes, cursor: partyOf(after, to)?.cursor ?? 0 }
        },
      }
    })
    if (!repeated) onRelayed(header.kind, bytes)
    return repeated
  }

  /** Written when it grows; a poll that says the same again costs nothing. @returns whether it grew */
  async #hold(run: RunId, to: string, cursor: number): Promise<boolean> {
    const key = `${run}/${to}`
    if (cursor <= (this.#held.get(key) ?? 0)) return false
    await this.#deps.store.holdMail(run, to, cursor)
    if (this.#held.size > 10_000) this.#held.clear()
    this.#held.set(key, cursor)
    return true
  }
}

const presentMail = ({ cursor, sha256, from, to, kind, step, seq, bytes, at }: MailRecord): Mail => ({
  cursor,
  sha256,
  from,
  to,
  kind,
  step,
  seq,
  bytes,
  at: at.toISOString(),
})
