import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { WakeTimers } from './wake-timers.ts'

let timers: WakeTimers
let rung: string[]
beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
  timers = new WakeTimers(Date.now)
  rung = []
})
afterEach(() => vi.useRealTimers())
const ring = (name: string) => () => rung.push(name)

it('rings at its time, once, and at once when the time has passed', () => {
  timers.set('a', 1_000_500, ring('a'))
  timers.set('late', 1, ring('late'))
  vi.advanceTimersByTime(0)
  expect(rung).toEqual(['late'])
  vi.advanceTimersByTime(499)
  expect(rung).toEqual(['late'])
  vi.advanceTimersByTime(100_000)
  expect(rung).toEqual(['late', 'a'])
})

it('has one alarm for each key', () => {
  timers.set('a', 1_000_100, ring('first'))
  timers.set('b', 1_000_100, ring('b'))
  timers.set('a', 1_000_200, ring('second'))
  vi.advanceTimersByTime(1_000)
  expect(rung).toEqual(['b', 'second'])
})

it('is silent when it is cleared', () => {
  for (const key of ['a', 'b', 'c', 'd']) timers.set(key, 1_000_100, ring(key))
  timers.clear('a')
  timers.clear('unknown')
  timers.set('b', null, ring('b'))
  vi.advanceTimersByTime(50)
  expect(vi.getTimerCount()).toBe(2)
  timers.clearAll()
  vi.advanceTimersByTime(1_000)
  expect([rung, vi.getTimerCount()]).toEqual([[], 0])
})

it('reaches a time beyond the longest delay of a Node timer, and no sooner', () => {
  const days = 86_400_000
  timers.set('a', 1_000_000 + 60 * days, ring('a'))
  vi.advanceTimersByTime(60 * days - 1)
  expect(rung).toEqual([])
  vi.advanceTimersByTime(1)
  expect(rung).toEqual(['a'])
})

it('can be set again while it rings', () => {
  timers.set('a', 1_000_100, () => timers.set('a', 1_000_200, ring('again')))
  vi.advanceTimersByTime(1_000)
  expect(rung).toEqual(['again'])
})
