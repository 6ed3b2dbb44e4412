export const BACKOFF_BASE_MS = 250
export const BACKOFF_CAP_MS = 10_000

/**
 * Pause before another attempt, in milliseconds: exponential with full jitter, uniform in [0, min(cap, base·2^failures)).
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 * @param failures attempts that failed already, from 0
 * @param random uniform in [0, 1)
 */
export const backoff = (failures: number, random: number): number =>
  random * Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** Math.min(failures, 30))
