import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WakeTimers } from './wake-timers.ts'

/** Milliseconds by which the wall clock lags behind the timers. */
let lag: number
let rung: number
let timers: WakeTimers
const now = () => Date.now() - lag

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
  lag = 0
  rung = 0
  timers = new WakeTimers(now)
})
afterEach(() => {
  timers.clearAll()
  vi.useRealTimers()
})

const ring = () => {
  rung += 1
}

test('rings once, when its time has come', () => {
  timers.set('run', now() + 100, ring)
  vi.advanceTimersByTime(99)
  expect(rung).toBe(0)
  vi.advanceTimersByTime(1_000)
  expect(rung).toBe(1)
})

test.each([1, 5_000])('does not ring %i ms before the wall clock is there', (behind) => {
  timers.set('run', now() + 100, ring)
  lag = behind
  vi.advanceTimersByTime(100 + behind - 1)
  expect(rung).toBe(0)
  vi.advanceTimersByTime(1)
  expect(rung).toBe(1)
})

test('reaches a time beyond the longest delay of a timer', () => {
  const delay = 2 ** 31 + 10_000
  timers.set('run', now() + delay, ring)
  vi.advanceTimersByTime(delay - 1)
  expect(rung).toBe(0)
  vi.advanceTimersByTime(1)
  expect(rung).toBe(1)
})

test('a new time replaces the old one; null means none', () => {
  timers.set('run', now() + 100, ring)
  timers.set('run', now() + 500, ring)
  vi.advanceTimersByTime(400)
  expect(rung).toBe(0)
  timers.set('run', null, ring)
  vi.advanceTimersByTime(1_000)
  expect(rung).toBe(0)
})
