import { headOf, isSignedHead } from '@tributary/crypto'
import { keyServiceName, type VerticalMachineEvent } from '@tributary/federation'
import { type EnvelopeHeader, type Mail, type SignedHead, TributaryError } from '@tributary/protocol'
import { sha256OfParts } from '../store/parts.ts'
import type { ReceivedMail } from '../store/run-commit.ts'
import type { RunStore } from '../store/run-store.ts'
import { openedMail, placeOf, verifiedMail } from './incoming.ts'
import { seenIn, toldIn } from './seen.ts'
import type { Standing } from './standing.ts'

type MessageEvent = Extract<VerticalMachineEvent, { type: 'message' }>

/** A message for the machine, with what the store keeps of it; or why it is none. */
export type Admission =
  | { readonly ok: true; readonly event: MessageEvent; readonly received: ReceivedMail; readonly bytes: number }
  | { readonly ok: false; readonly refusal: TributaryError }

interface Held {
  readonly mail: Mail
  readonly bytes: Uint8Array
  /** As the sender signed it; the hub's word for it may be another. */
  readonly seq: number
}

/** Messages that may wait for an earlier one of their pair; a hub that keeps order brings none. */
export interface HeldLimits {
  readonly messages: number
  readonly bytes: number
}
const HELD_LIMITS: HeldLimits = { messages: 64, bytes: 64 * 1024 * 1024 }

/** Checks and opens mail in the order of each pair's chain, whatever order the hub hands it out in. */
export class IncomingMail {
  readonly #standing: Standing
  readonly #store: RunStore
  readonly #limits: HeldLimits
  readonly #held = new Map<string, Held>()
  #newest = 0
  /** Cursors of messages that came early and found no room, until they come again. */
  readonly #leftOut = new Set<number>()
  /** Something was taken since the last look: what was left out may have its turn. */
  #progress = false

  constructor(standing: Standing, store: RunStore, limits = HELD_LIMITS) {
    this.#standing = standing
    this.#store = store
    this.#limits = limits
  }

  /**
   * Cursor from which mail has to be read again because something was left out; null when nothing was, or nothing has been taken
   * since: its turn cannot have come.
   */
  rereadFrom(): number | null {
    if (!this.#progress || this.#leftOut.size === 0) return null
    this.#progress = false
    return Math.min(...this.#leftOut)
  }

  /** @returns null when there is nothing to do: it was taken before, or it waits for an earlier one */
  async admit(mail: Mail, bytes: Uint8Array): Promise<Admission | null> {
    this.#newest = Math.max(this.#newest, mail.cursor)
    this.#leftOut.delete(mail.cursor)
    try {
      const verified = verifiedMail(mail, bytes, this.#standing)
      const { header } = verified.envelope
      const { from, seq } = header
      const place = placeOf(
        verified.envelope,
        verified.sha256,
        this.#store.lastReceived(from),
        this.#store.receivedHash(from, seq),
      )
      if (place.kind === 'early') {
        this.#hold(`${from} ${seq}`, { mail, bytes, seq })
        return null
      }
      this.#held.delete(`${from} ${seq}`)
      if (place.kind === 'next') return await this.#open(verified, bytes.length)
      this.#store.advance(this.#settled())
      return null
    } catch (error) {
      if (!(error instanceof TributaryError)) throw error
      this.#store.advance(this.#settled())
      return { ok: false, refusal: error }
    }
  }

  /** A held message whose turn has come. */
  async nextHeld(): Promise<Admission | null> {
    for (const [place, { mail, bytes, seq }] of this.#held) {
      if (seq !== (this.#store.lastReceived(mail.from)?.seq ?? 0) + 1) continue
      // Taken or refused, its turn does not come again.
      this.#held.delete(place)
      return this.admit(mail, bytes)
    }
    return null
  }

  /** Whatever has no room is read again later; the hub keeps it. */
  #hold(place: string, early: Held): void {
    const others = [...this.#held].filter(([known]) => known !== place)
    const bytes = others.reduce((sum, [, held]) => sum + held.bytes.length, early.bytes.length)
    if (others.length < this.#limits.messages && bytes <= this.#limits.bytes) this.#held.set(place, early)
    else this.#leftOut.add(early.mail.cursor)
  }

  async #open(verified: ReturnType<typeof verifiedMail>, length: number): Promise<Admission> {
    const { envelope, sha256 } = verified
    this.#progress = true
    try {
      const { content, bytes } = await openedMail(verified, this.#standing)
      const { kind, body, parts } = content
      const { heads, receipts } = seenIn(content)
      const signed = this.#keyServiceSigned()
      const received: ReceivedMail = {
        ...this.#placed(envelope.header, sha256),
        content: parts.length > 0 ? bytes : null,
        refusal: null,
        heads: heads.filter(signed),
        receipts: receipts.filter((receipt) => signed(headOf(receipt))),
        told: envelope.header.from === keyServiceName(this.#standing.manifest) ? toldIn(content) : [],
      }
      // Keys alone are compared by it; ciphertexts and points are large.
      const partsSha256 = kind === 'step-key' ? sha256OfParts(parts) : null
      const told = { kind, body, partBytes: parts.map((part) => part.length), partsSha256 }
      const { from, step } = envelope.header
      return { ok: true, event: { type: 'message', from, step, ref: sha256, content: told }, received, bytes: length }
    } catch (error) {
      if (!(error instanceof TributaryError)) throw error
      // It is the sender's own, so it has its place in the chain; it does nothing else.
      this.#store.settle({
        ...this.#placed(envelope.header, sha256),
        content: null,
        refusal: error.code,
        heads: [],
        receipts: [],
        told: [],
      })
      return { ok: false, refusal: error }
    }
  }

  #placed({ from, seq, kind, step }: EnvelopeHeader, sha256: string) {
    return { cursor: this.#settled(), sender: from, seq, sha256, kind, step }
  }

  /** Up to here the hub need not tell again; while messages are held or were left out, nothing new is settled. */
  #settled(): number {
    return this.#held.size === 0 && this.#leftOut.size === 0 ? this.#newest : 0
  }

  /** A head that the key service did not sign says nothing about its log. */
  #keyServiceSigned(): (head: SignedHead) => boolean {
    const { keys, manifest, manifestSha256 } = this.#standing
    const known = keys[keyServiceName(manifest)]
    return (head) => known !== undefined && isSignedHead(known, manifestSha256, head)
  }
}
