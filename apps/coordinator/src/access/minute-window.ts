const WINDOW_MS = 60_000

/** Calls that are counted together. */
export interface MinuteWindow {
  count: number
  /** Milliseconds since the epoch. */
  readonly endsAt: number
}

/** With one call more. @returns the known one while it lasts, else a new one */
export function countedIn(known: MinuteWindow | undefined, now: number): MinuteWindow {
  const window = known === undefined || known.endsAt <= now ? { count: 0, endsAt: now + WINDOW_MS } : known
  window.count += 1
  return window
}

/** 0 within the limit. */
export const secondsToWait = ({ count, endsAt }: MinuteWindow, limit: number, now: number): number =>
  count > limit ? Math.max(1, Math.ceil((endsAt - now) / 1000)) : 0
