import { type Clock, type HttpPeer, ReconnectingSocket, systemClock } from '@tributary/client'
import {
  type Approve,
  type Mail,
  type MailReceipt,
  PARTICIPANT_NAMESPACE,
  type Publish,
  type RegisterParty,
  type TributaryError,
  type VerticalParty,
  type VerticalRun,
  verticalNoticeSchema,
} from '@tributary/protocol'
import { HubApi } from './hub-api.ts'
import type { HubLink, PutManifest } from './hub-link.ts'
import { NoticeBoard, type NoticeListener } from './notice-board.ts'

export interface HttpHubOptions {
  readonly peer: HttpPeer
  readonly token: string
  readonly name: string
  readonly federation: string
  readonly clock?: Clock | undefined
  /** Pause between polls; shorter while the socket is down. */
  readonly pollMilliseconds?: { readonly connected: number; readonly disconnected: number } | undefined
  readonly onConnected?: (() => void) | undefined
  readonly onDisconnected?: ((reason: string, retryInMilliseconds: number) => void) | undefined
  /** The hub refuses this party for good; nothing more comes. */
  readonly onRefused?: ((error: TributaryError) => void) | undefined
}

/** Notices are volatile: a poll makes up for a lost one. */
const POLL = { connected: 15_000, disconnected: 2_000 } as const

/** The hub over HTTP, with notices by socket and polling as fall-back. */
export class HttpHub implements HubLink {
  readonly name: string
  readonly #api: HubApi
  readonly #socket: ReconnectingSocket
  readonly #board = new NoticeBoard()
  readonly #closed = new AbortController()

  constructor(options: HttpHubOptions) {
    const { peer, token, name, federation, clock = systemClock, pollMilliseconds = POLL } = options
    this.name = name
    this.#api = new HubApi({ ...peer, token }, federation, this.#closed.signal)
    this.#socket = new ReconnectingSocket({
      address: peer.address,
      namespace: PARTICIPANT_NAMESPACE,
      token,
      clock,
      onConnected: () => {
        options.onConnected?.()
        // Whatever was told meanwhile is lost.
        this.#board.tell(null)
      },
      onDisconnected: (reason, milliseconds) => options.onDisconnected?.(reason, milliseconds),
      onConnectFailed: (error, milliseconds) => options.onDisconnected?.(error.message, milliseconds),
      onRefused: (error) => options.onRefused?.(error),
      messages: {
        vertical: (message) => {
          const notice = verticalNoticeSchema.safeParse(message)
          this.#board.tell(notice.success ? notice.data : null)
        },
      },
    })
    this.#socket.open()
    void this.#poll(clock, pollMilliseconds)
  }

  register(place: RegisterParty): Promise<VerticalParty> {
    return this.#api.register(place)
  }

  parties(): Promise<readonly VerticalParty[]> {
    return this.#api.parties()
  }

  runs(): Promise<readonly VerticalRun[]> {
    return this.#api.runs()
  }

  run(run: string): Promise<VerticalRun> {
    return this.#api.run(run)
  }

  putManifest(run: string, manifest: PutManifest): Promise<VerticalRun> {
    return this.#api.putManifest(run, manifest)
  }

  approve(run: string, decision: Approve): Promise<VerticalRun> {
    return this.#api.approve(run, decision)
  }

  async abort(run: string, failure: { readonly code: string; readonly reason: string }): Promise<void> {
    await this.#api.abort(run, failure)
  }

  async publish(run: string, published: Publish): Promise<void> {
    await this.#api.publish(run, published)
  }

  send(run: string, envelope: Uint8Array): Promise<MailReceipt> {
    return this.#api.send(run, envelope)
  }

  inbox(run: string, after: number): Promise<readonly Mail[]> {
    return this.#api.inbox(run, after)
  }

  fetch(run: string, sha256: string): Promise<Uint8Array> {
    return this.#api.fetch(run, sha256)
  }

  onNotice(listener: NoticeListener): () => void {
    return this.#board.listen(listener)
  }

  async close(): Promise<void> {
    this.#closed.abort(new DOMException('the link to the hub was closed', 'AbortError'))
    this.#socket.close()
  }

  async #poll(clock: Clock, { connected, disconnected }: { connected: number; disconnected: number }): Promise<void> {
    const { signal } = this.#closed
    while (!signal.aborted) {
      await clock.sleep(this.#socket.connected ? connected : disconnected, signal).catch(() => undefined)
      if (!signal.aborted) this.#board.tell(null)
    }
  }
}
