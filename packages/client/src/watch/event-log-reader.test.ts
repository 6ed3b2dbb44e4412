import type { LoggedEvent } from '@tributary/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loggedEvent } from '../testing/run-log-fixture.ts'
import { atStream, type LogPosition, readFrame } from './event-log-reader.ts'

const seqs = (events: readonly LoggedEvent[]) => events.map(({ seq }) => seq)
const frame = (...numbers: number[]) => numbers.map((seq) => loggedEvent(seq))
const from = (lastSeq: number): LogPosition => ({ stream: 's', lastSeq })

describe('a frame', () => {
  it.each<[string, number, number[], number[], boolean]>([
    ['continues', 2, [3, 4], [3, 4], false],
    ['overlaps', 3, [2, 3, 4], [4], false],
    ['is old', 9, [3, 4], [], false],
    ['begins after a hole', 2, [4, 5], [], true],
    ['has a hole', 2, [3, 5], [3], true],
    ['is empty', 2, [], [], false],
  ])('that %s', (_, last, numbers, taken, isMissing) => {
    const reading = readFrame(from(last), frame(...numbers))
    expect(seqs(reading.events)).toEqual(taken)
    expect(reading).toMatchObject({ isMissing, isRestarted: false, position: { stream: 's', lastSeq: taken.at(-1) ?? last } })
  })

  it('of another log begins the reading again', () => {
    const reading = readFrame(from(7), [loggedEvent(8), loggedEvent(3, 'restored')])
    expect(seqs(reading.events)).toEqual([8])
    expect(reading).toMatchObject({ isMissing: true, isRestarted: true, position: { stream: 'restored', lastSeq: 0 } })
  })

  it('tells a reader without a stream which it is', () => {
    expect(readFrame({ stream: null, lastSeq: 0 }, frame(1)).position).toEqual({ stream: 's', lastSeq: 1 })
    expect(atStream({ stream: null, lastSeq: 4 }, 's')).toEqual({ position: { stream: 's', lastSeq: 4 }, isRestarted: false })
  })

  it('hands on 1, 2, 3 … once each, whatever comes twice, late or not at all, if holes are filled', () => {
    const frames = fc.array(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 6 }), { maxLength: 12 })
    fc.assert(
      fc.property(frames, (arriving) => {
        let position: LogPosition = { stream: null, lastSeq: 0 }
        const handed: number[] = []
        const read = (numbers: number[]) => {
          const reading = readFrame(position, frame(...numbers))
          position = reading.position
          handed.push(...seqs(reading.events))
          return reading.isMissing
        }
        for (const numbers of arriving)
          if (read(numbers)) expect(read(Array.from({ length: Math.max(...numbers) }, (_, i) => i + 1))).toBe(false)
        const highest = Math.max(0, ...arriving.flat())
        expect(handed).toEqual(Array.from({ length: highest }, (_, i) => i + 1))
      }),
      { seed: 1 },
    )
  })
})
