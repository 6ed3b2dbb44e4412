import type { Mail } from '@tributary/protocol'
import type { HubLink } from '../hub/hub-link.ts'

export interface MailboxOptions {
  readonly run: string
  readonly hub: Pick<HubLink, 'inbox' | 'fetch'>
  /** Cursor to begin after. */
  readonly after: number
  /** Takes one message; the next one waits until it is taken. */
  readonly take: (mail: Mail, bytes: Uint8Array) => Promise<void>
  /** Known already; its bytes are not fetched. */
  readonly isKnown: (mail: Mail) => boolean
  readonly onFailed: (error: unknown, mail: Mail | null) => void
}

/** Messages whose bytes are fetched ahead while one is being taken. */
const AHEAD = 3

/** Reads one's mail in order of arrival, whenever it is woken. */
export class Mailbox {
  readonly #options: MailboxOptions
  #cursor: number
  #reading: Promise<void> | null = null
  #again = false
  /** Where to go on instead of behind what was read. */
  #rewindTo: number | null = null
  #stopped = false

  constructor(options: MailboxOptions) {
    this.#options = options
    this.#cursor = options.after
  }

  /** All mail up to here was handed over. */
  get cursor(): number {
    return this.#cursor
  }

  /** Something may be there. */
  wake(): void {
    this.#again = true
    if (this.#reading !== null || this.#stopped) return
    this.#reading = this.#read().finally(() => {
      this.#reading = null
      if (this.#again && !this.#stopped) this.wake()
    })
  }

  /** Mail behind this cursor is read again, what is known of it not. */
  rewind(cursor: number): void {
    this.#rewindTo = Math.min(this.#rewindTo ?? cursor, cursor)
    this.wake()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#reading
  }

  async #read(): Promise<void> {
    const { run, hub, onFailed } = this.#options
    this.#again = false
    try {
      for (;;) {
        this.#cursor = this.#rewindTo ?? this.#cursor
        this.#rewindTo = null
        const mails = await hub.inbox(run, this.#cursor)
        if (mails.length === 0 || this.#stopped) return
        if (!(await this.#takeAll(mails))) return
      }
    } catch (error) {
      if (!this.#stopped) onFailed(error, null)
    }
  }

  /** @returns false when it cannot go on now */
  async #takeAll(mails: readonly Mail[]): Promise<boolean> {
    const { run, hub, take, isKnown, onFailed } = this.#options
    const wanted = mails.filter((mail) => !isKnown(mail))
    const fetching = new Map<Mail, Promise<Uint8Array>>()
    for (const [index, mail] of wanted.entries()) {
      for (const ahead of wanted.slice(index, index + 1 + AHEAD)) {
        if (fetching.has(ahead)) continue
        const bytes = hub.fetch(run, ahead.sha256)
        // It is awaited in its turn, or not at all when this box stops.
        bytes.catch(() => undefined)
        fetching.set(ahead, bytes)
      }
      let bytes: Uint8Array | undefined
      try {
        bytes = await fetching.get(mail)
      } catch (error) {
        // Paused meanwhile, or gone: what comes after it would be out of order anyway.
        if (!this.#stopped) onFailed(error, mail)
        return false
      }
      if (this.#stopped || bytes === undefined) return false
      await take(mail, bytes)
      fetching.delete(mail)
      this.#cursor = Math.max(this.#cursor, mail.cursor)
    }
    this.#cursor = Math.max(this.#cursor, ...mails.map(({ cursor }) => cursor))
    return true
  }
}
