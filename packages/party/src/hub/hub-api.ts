import {
  CALL_TIMEOUT_MS,
  callForJson,
  connectionError,
  exchange,
  type HttpPeer,
  parseJson,
  refusal,
  unreachable,
  watchdog,
} from '@tributary/client'
import {
  type Approve,
  MAX_ENVELOPE_BYTES,
  type Mail,
  type MailReceipt,
  mailReceiptSchema,
  mailSchema,
  type Publish,
  type RegisterParty,
  routes,
  TributaryError,
  type VerticalParty,
  type VerticalRun,
  verticalPartySchema,
  verticalRunSchema,
} from '@tributary/protocol'
import { z } from 'zod'
import type { PutManifest } from './hub-link.ts'

/** A transfer slower than this counts as broken. */
const SLOWEST_BYTES_PER_MS = 16
/** A download that brings no byte for so long is broken off. */
const DOWNLOAD_IDLE_MS = 30_000

const runsSchema = z.array(verticalRunSchema)
const partiesSchema = z.array(verticalPartySchema)
const inboxSchema = z.array(mailSchema)

/** The hub's HTTP interface for parties of vertical runs; each call is made once, answers are checked. */
export class HubApi {
  readonly #peer: HttpPeer
  readonly #federation: string
  readonly #signal: AbortSignal

  constructor(peer: HttpPeer, federation: string, signal: AbortSignal) {
    this.#peer = peer
    this.#federation = federation
    this.#signal = signal
  }

  register(json: RegisterParty): Promise<VerticalParty> {
    return this.#call(verticalPartySchema, 'PUT', routes.party(this.#federation), json)
  }

  parties(): Promise<VerticalParty[]> {
    return this.#call(partiesSchema, 'GET', routes.parties(this.#federation))
  }

  runs(): Promise<VerticalRun[]> {
    return this.#call(runsSchema, 'GET', routes.federationVerticalRuns(this.#federation))
  }

  run(run: string): Promise<VerticalRun> {
    return this.#call(verticalRunSchema, 'GET', routes.verticalRun(run))
  }

  putManifest(run: string, json: PutManifest): Promise<VerticalRun> {
    return this.#call(verticalRunSchema, 'PUT', routes.verticalManifest(run), json)
  }

  approve(run: string, json: Approve): Promise<VerticalRun> {
    return this.#call(verticalRunSchema, 'POST', routes.verticalApprovals(run), json)
  }

  abort(run: string, json: { code: string; reason: string }): Promise<VerticalRun> {
    return this.#call(verticalRunSchema, 'POST', routes.verticalAbort(run), json)
  }

  publish(run: string, json: Publish): Promise<unknown> {
    return this.#call(z.unknown(), 'POST', routes.verticalPublished(run), json)
  }

  inbox(run: string, after: number): Promise<Mail[]> {
    return callForJson(this.#peer, inboxSchema, {
      method: 'GET',
      path: routes.verticalInbox(run),
      query: { after },
      signal: this.#signal,
    })
  }

  async send(run: string, envelope: Uint8Array): Promise<MailReceipt> {
    const dog = watchdog(CALL_TIMEOUT_MS + envelope.length / SLOWEST_BYTES_PER_MS, this.#signal, () => this.#tooSlow())
    try {
      const response = await exchange(this.#peer, {
        method: 'PUT',
        path: routes.verticalMessages(run),
        headers: { 'content-type': 'application/octet-stream' },
        body: onOwnBuffer(envelope),
        signal: dog.signal,
      })
      const text = await response.text()
      if (!response.ok) throw refusal(response, text)
      return parseJson(mailReceiptSchema, text, 'a message')
    } catch (error) {
      throw connectionError(this.#peer, error, dog.signal)
    } finally {
      dog.stop()
    }
  }

  async fetch(run: string, sha256: string): Promise<Uint8Array> {
    const dog = watchdog(DOWNLOAD_IDLE_MS, this.#signal, () => this.#tooSlow())
    try {
      const path = routes.verticalMessage(run, sha256)
      // A compressed answer would have another length.
      const headers = { 'accept-encoding': 'identity' }
      const response = await exchange(this.#peer, { method: 'GET', path, headers, signal: dog.signal })
      if (!response.ok) throw refusal(response, await response.text())
      return await this.#received(response, () => dog.feed())
    } catch (error) {
      throw connectionError(this.#peer, error, dog.signal)
    } finally {
      dog.stop()
    }
  }

  async #received(response: Response, onChunk: () => void): Promise<Uint8Array> {
    const length = Number(response.headers.get('content-length') ?? Number.NaN)
    if (!Number.isSafeInteger(length) || length > MAX_ENVELOPE_BYTES)
      throw new TributaryError('envelope_malformed', { reason: `a message of ${length} bytes` })
    const bytes = new Uint8Array(length)
    const reader = response.body?.getReader()
    let filled = 0
    for (;;) {
      const read = await reader?.read()
      if (read === undefined || read.done) break
      onChunk()
      if (filled + read.value.length > length) throw unreachable(this.#peer.address, 'a message goes on after its end')
      bytes.set(read.value, filled)
      filled += read.value.length
    }
    if (filled < length) throw unreachable(this.#peer.address, `a message ended at byte ${filled} of ${length}`)
    return bytes
  }

  #call<T>(schema: z.ZodType<T>, method: 'GET' | 'POST' | 'PUT', path: string, json?: unknown): Promise<T> {
    return callForJson(this.#peer, schema, { method, path, json, signal: this.#signal })
  }

  #tooSlow(): TributaryError {
    return unreachable(this.#peer.address, 'the transfer stood still')
  }
}

/** fetch takes no view of shared memory. */
const onOwnBuffer = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes)
