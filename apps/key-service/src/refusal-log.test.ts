import { Writable } from 'node:stream'
import type { PartyEvent } from '@tributary/party'
import { TributaryError } from '@tributary/protocol'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { loggingRefusals } from './logged-events.ts'
import { RefusalLog } from './refusal-log.ts'

function world() {
  const lines: Record<string, unknown>[] = []
  const stream = new Writable({
    write(chunk, _, done) {
      lines.push(JSON.parse(String(chunk)) as Record<string, unknown>)
      done()
    },
  })
  const clock = { now: 1_000_000 }
  return { lines, clock, log: new RefusalLog(pino(stream), () => clock.now) }
}

describe('the log of refused requests', () => {
  it('has a line for each, with who, which run and which code, and nothing that the sender wrote', () => {
    const { lines, log } = world()
    const told: PartyEvent[] = []
    const onEvent = loggingRefusals(log, (event) => told.push(event))
    const dropped: PartyEvent = {
      type: 'dropped',
      run: 'run_0123456789',
      from: 'bank',
      error: new TributaryError('key_quota', { name: 'patient-4711', asked: 9, left: 5 }),
    }
    onEvent(dropped)
    onEvent({ type: 'connected' })
    expect(told).toEqual([dropped, { type: 'connected' }])
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ level: 40, code: 'key_quota', from: 'bank', run: 'run_0123456789', msg: 'refused' })
    expect(JSON.stringify(lines)).not.toContain('patient-4711')
  })

  it('counts a sender who goes on, and says so when the minute is over; others still have their lines', () => {
    const { lines, clock, log } = world()
    for (let count = 0; count < 500; count += 1) log.add({ code: 'he_size', from: 'bank', run: 'run_0123456789' })
    expect(lines).toHaveLength(10)
    log.add({ code: 'he_size', from: 'shop' })
    log.add({ code: 'key_state', from: 'bank' })
    expect(lines).toHaveLength(12)
    clock.now += 60_000
    log.add({ code: 'he_size', from: 'bank' })
    expect(lines.at(-1)).toMatchObject({ code: 'he_size', from: 'bank', leftOut: 490 })
    log.add({ code: 'he_size', from: 'bank' })
    expect(lines.at(-1)).not.toHaveProperty('leftOut')
  })

  it('keeps no more than so many senders, however many names come', () => {
    const { lines, clock, log } = world()
    for (let name = 0; name < 5_000; name += 1) log.add({ code: 'unauthenticated', from: `10.0.${name >> 8}.${name & 255}` })
    expect(lines.length).toBeLessThanOrEqual(1_010)
    clock.now += 60_000
    log.add({ code: 'unauthenticated', from: '10.9.9.9' })
    expect(lines.at(-1)).toMatchObject({ from: '10.9.9.9' })
  })
})
