import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Waker } from './waker.ts'

const START = 1_000_000
/** How far the wall clock is behind the timers. */
let behind: number
let rung: number
let waker: Waker
beforeEach(() => {
  vi.useFakeTimers({ now: START })
  behind = 0
  rung = 0
  waker = new Waker(
    () => {
      rung += 1
    },
    () => Date.now() - behind,
  )
})
afterEach(() => {
  waker.set(null)
  vi.useRealTimers()
})

it('rings once at its time, and at once when that has passed', () => {
  waker.set(START + 500)
  vi.advanceTimersByTime(499)
  expect(rung).toBe(0)
  vi.advanceTimersByTime(100_000)
  expect(rung).toBe(1)
  waker.set(START)
  vi.advanceTimersByTime(0)
  expect(rung).toBe(2)
})

it.each([1, 60_000])('rings in the end when the timer is %i ms ahead of the wall clock, and no sooner', (by) => {
  waker.set(START + 500)
  behind = by
  vi.advanceTimersByTime(499 + by)
  expect(rung).toBe(0)
  vi.advanceTimersByTime(1)
  expect(rung).toBe(1)
})

it('reaches a time beyond the longest delay of a timer', () => {
  const days = 60 * 86_400_000
  waker.set(START + days)
  vi.advanceTimersByTime(days - 1)
  expect(rung).toBe(0)
  vi.advanceTimersByTime(1)
  expect(rung).toBe(1)
})

it('has one timer, and none once it is taken away', () => {
  waker.set(START + 100)
  waker.set(START + 200)
  expect(vi.getTimerCount()).toBe(1)
  waker.set(null)
  vi.advanceTimersByTime(1_000)
  expect([rung, vi.getTimerCount()]).toEqual([0, 0])
})
