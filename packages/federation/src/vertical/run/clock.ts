import type { Manifest } from '@tributary/protocol'
import type { VerticalEffect } from '../effects.ts'

/** Deadline for what others owe. While the run is paused only the time that was left is kept. */
export type Clock =
  | { readonly paused: false; readonly at: number | null }
  | { readonly paused: true; readonly left: number | null }

export const idleClock: Clock = { paused: false, at: null }

/** Seconds of so many of the run's step deadlines; null: nothing is owed. */
export const deadlines = (times: number | null, { settings }: Manifest): number | null =>
  times === null ? null : times * settings.stepDeadlineSeconds

/** Gives `seconds` from now, or from the end of the pause; null: nothing is owed. */
export function allow(clock: Clock, now: number, seconds: number | null): Clock {
  const milliseconds = inMilliseconds(seconds)
  if (clock.paused) return { paused: true, left: milliseconds }
  return { paused: false, at: milliseconds === null ? null : now + milliseconds }
}

/**
 * @param seconds what is given anew when the deadline has passed and nobody looked: this process was away, and whether the others were
 *   late, or paused, it cannot tell
 */
export function pauseClock(clock: Clock, now: number, seconds: number | null): Clock {
  if (clock.paused) return clock
  if (clock.at === null) return { paused: true, left: null }
  return { paused: true, left: clock.at > now ? clock.at - now : inMilliseconds(seconds) }
}

export function resumeClock(clock: Clock, now: number): Clock {
  return clock.paused ? { paused: false, at: clock.left === null ? null : now + clock.left } : clock
}

export const isOverdue = (clock: Clock, now: number): boolean => !clock.paused && clock.at !== null && now >= clock.at

/** After a restart a deadline that has passed meanwhile is given once more: what is owed may have been waiting in the mail. */
export function wakeAfterRestart(clock: Clock, now: number, seconds: number | null): VerticalEffect {
  return isOverdue(clock, now) ? { type: 'wake', at: now + (inMilliseconds(seconds) ?? 0) } : wake(clock)
}

const inMilliseconds = (seconds: number | null): number | null => (seconds === null ? null : Math.round(seconds * 1_000))

export const wake = (clock: Clock): VerticalEffect => ({ type: 'wake', at: clock.paused ? null : clock.at })
