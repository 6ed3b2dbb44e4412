import { type ErrorCode, TributaryError } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { Alarm } from './alarm.ts'
import { type Clock, systemClock } from './clock.ts'
import { retrying } from './retry.ts'

const never = new AbortController().signal
const instantly = () => {
  const pauses: number[] = []
  const clock: Clock = { now: () => 0, random: () => 0.5, sleep: async (milliseconds) => void pauses.push(milliseconds) }
  return { clock, pauses }
}
/** Fails as told, then gives its number of calls. */
const failing = (...errors: unknown[]) => {
  let calls = 0
  return async () => {
    calls += 1
    if (errors.length > 0) throw errors.shift()
    return calls
  }
}
const error = (code: ErrorCode, retryAfter?: number | string) =>
  new TributaryError(code, retryAfter === undefined ? {} : { retryAfter })

describe('retrying', () => {
  it('repeats what is retryable with growing pauses', async () => {
    const { clock, pauses } = instantly()
    const attempt = failing(error('unreachable'), error('unavailable'), error('internal'))
    expect(await retrying(attempt, { clock, signal: never })).toBe(4)
    expect(pauses).toEqual([125, 250, 500])
  })

  it.each([[error('round_not_open')], [new Error('a bug')]])('does not repeat %s', async (fault) => {
    const { clock, pauses } = instantly()
    await expect(retrying(failing(fault), { clock, signal: never })).rejects.toBe(fault)
    expect(pauses).toEqual([])
  })

  it('waits as long as it is asked to, in a number or a text, and not less than the backoff', async () => {
    const { clock, pauses } = instantly()
    const attempt = failing(
      error('rate_limited', 3),
      error('rate_limited', '4'),
      error('rate_limited', 0.001),
      error('rate_limited', 'soon'),
    )
    await retrying(attempt, { clock, signal: never })
    expect(pauses).toEqual([3_000, 4_000, 500, 1_000])
  })

  it('stops after the attempts it is given', async () => {
    const { clock } = instantly()
    const attempt = failing(error('unreachable'), error('unavailable'), error('internal'))
    await expect(retrying(attempt, { clock, signal: never, attempts: 2 })).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('ends a pause when the signal is aborted, with its reason', async () => {
    const controller = new AbortController()
    const clock = { ...systemClock, random: () => 0.999 }
    const result = retrying(failing(error('unreachable')), { clock, signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(result).rejects.toThrow('enough')
  })

  it('ends a pause when the alarm rings, but not one that was asked for', async () => {
    const alarm = new Alarm()
    const controller = new AbortController()
    // So long that no busy machine makes the difference: 100 s without the alarm.
    const clock = { ...systemClock, random: () => 400 }
    const woken = retrying(failing(error('rate_limited')), { clock, signal: never, alarm })
    await Promise.resolve()
    await new Promise((resolve) => setTimeout(resolve))
    const start = performance.now()
    alarm.ring()
    expect(await woken).toBe(2)
    expect(performance.now() - start).toBeLessThan(20_000)

    let isDone = false
    const deaf = retrying(failing(error('rate_limited', 60)), { clock, signal: controller.signal, alarm }).finally(() => {
      isDone = true
    })
    await new Promise((resolve) => setTimeout(resolve, 5))
    alarm.ring()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(isDone).toBe(false)
    controller.abort(new Error('enough'))
    await expect(deaf).rejects.toThrow('enough')
  })
})
