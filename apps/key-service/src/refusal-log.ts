import type { FastifyBaseLogger } from 'fastify'

/** Lines a minute for each sender and code; what is beyond is counted. */
const MOST_LINES = 10
const WINDOW_MS = 60_000
/** Senders and codes that are counted apart; beyond, all go into one. */
const MOST_PLACES = 1_000

export interface Refusal {
  readonly code: string
  /** The party, or the address of a caller. */
  readonly from: string
  readonly run?: string | undefined
}

interface Window {
  since: number
  lines: number
  leftOut: number
}

/**
 * Log of requests that were refused before anything of them was loaded: who, which run, which code. Nothing that the sender wrote is
 * in it, and a sender who goes on is counted instead of filling the disk.
 */
export class RefusalLog {
  readonly #logger: Pick<FastifyBaseLogger, 'warn'>
  readonly #now: () => number
  readonly #windows = new Map<string, Window>()

  constructor(logger: Pick<FastifyBaseLogger, 'warn'>, now: () => number = Date.now) {
    this.#logger = logger
    this.#now = now
  }

  add({ code, from, run }: Refusal): void {
    const window = this.#windowOf(`${from} ${code}`)
    if (window.lines >= MOST_LINES) {
      window.leftOut += 1
      return
    }
    window.lines += 1
    const leftOut = window.leftOut === 0 ? {} : { leftOut: window.leftOut }
    window.leftOut = 0
    this.#logger.warn({ code, from, ...(run === undefined ? {} : { run }), ...leftOut }, 'refused')
  }

  /** What was left out in a window is told with the first line of the next. */
  #windowOf(place: string): Window {
    const now = this.#now()
    const key = this.#windows.has(place) || this.#windows.size < MOST_PLACES ? place : ''
    const known = this.#windows.get(key)
    if (known !== undefined && now - known.since < WINDOW_MS) return known
    if (this.#windows.size >= MOST_PLACES) this.#forgetOld(now)
    const fresh = { since: now, lines: 0, leftOut: known?.leftOut ?? 0 }
    this.#windows.set(key, fresh)
    return fresh
  }

  #forgetOld(now: number): void {
    for (const [key, { since, leftOut }] of this.#windows)
      if (now - since >= WINDOW_MS && leftOut === 0) this.#windows.delete(key)
  }
}
