import { expect, it } from 'vitest'
import { bareSnapshot } from './use-recent-events.ts'

const event = (seq: number) => ({ stream: 's', seq })

it('asks for what was before a snapshot once: not again when its events are here', () => {
  expect(bareSnapshot({ snapshotSeq: null, events: [] })).toBeNull()
  expect(bareSnapshot({ snapshotSeq: 70, events: [] })).toBe(70)
  expect(bareSnapshot({ snapshotSeq: 70, events: [event(71), event(72)] })).toBe(70)
  expect(bareSnapshot({ snapshotSeq: 70, events: [event(70), event(71)] })).toBeNull()
  expect(bareSnapshot({ snapshotSeq: 70, events: [event(1)] })).toBeNull()
})
