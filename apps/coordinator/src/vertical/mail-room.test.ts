import type { RunId } from '@tributary/protocol'
import { expect, it, vi } from 'vitest'
import type { Blobs } from '../storage/blobs.ts'
import type { MailKey, VerticalRunRecord, VerticalStore } from '../storage/vertical-store.ts'
import { MailRoom } from './mail-room.ts'
import type { VerticalEngine } from './vertical-engine.ts'

const id = 'run_0123456789abcdef' as RunId
const record = {
  id,
  state: { phase: 'aborted', parties: [{ name: 'birch', cursor: 5 }] },
} as unknown as VerticalRunRecord

/** A mail room whose store holds so much that nobody needs any more. */
function room(messages: number) {
  const left: MailKey[] = Array.from({ length: messages }, (_, cursor) => ({ run: id, to: 'birch', cursor, sha256: `${cursor}` }))
  const removableMail = vi.fn(async ({ limit }: { limit: number }) => left.slice(0, limit))
  const markRemoved = vi.fn(async (mail: readonly MailKey[]) => void left.splice(0, mail.length))
  const store = {
    removableMail,
    markRemoved,
    holdMail: async () => {},
    inbox: async () => [],
  }
  const removed: string[] = []
  const blobs = { remove: async (sha256: string) => void removed.push(sha256) }
  const mailRoom = new MailRoom({
    engine: {} as VerticalEngine,
    store: store as unknown as VerticalStore,
    blobs: blobs as unknown as Blobs,
    limits: { mailBytesPerRun: 1, mailAtOnce: 1, mailDays: 30 },
    now: () => 0,
    onRelayed: () => {},
  })
  return { mailRoom, removableMail, markRemoved, removed }
}

it('removes all that nobody needs, however much it is', async () => {
  const { mailRoom, markRemoved, removed } = room(2_345)
  await mailRoom.sweep()
  expect(new Set(removed).size).toBe(2_345)
  expect(markRemoved).toHaveBeenCalledTimes(3)
  await mailRoom.sweep()
  expect(markRemoved).toHaveBeenCalledTimes(3)
})

it('looks for it when a receiver holds more than before, not at each of its polls', async () => {
  const { mailRoom, removableMail } = room(0)
  for (const after of [2, 2, 2, 1]) await mailRoom.inbox(record, 'birch', after, 10)
  expect(removableMail).toHaveBeenCalledTimes(1)
  await mailRoom.inbox(record, 'birch', 3, 10)
  expect(removableMail).toHaveBeenCalledTimes(2)
  // More than it was ever sent is no more than all of it.
  for (const after of [9, 10, 11]) await mailRoom.inbox(record, 'birch', after, 10)
  expect(removableMail).toHaveBeenCalledTimes(3)
})
