import { NO_TIME, type ParticipantId, partStates } from '@tributary/protocol'
import { expect, it } from 'vitest'
import { type View, WHOLE } from '../access/view.ts'
import type { StoredRound } from '../storage/stored-round.ts'
import { PackedRounds } from './pack-rounds.ts'

const OPENED = Date.UTC(2026, 0, 1)
type Member = StoredRound['open']['members'][number]
const member = (name: string, change: Partial<Member> = {}): Member => ({
  id: `par_${name.padEnd(16, '0')}` as ParticipantId,
  name,
  status: 'selected',
  selectedAt: OPENED,
  downloadedAt: null,
  uploadedAt: null,
  update: null,
  rejects: 0,
  reason: null,
  ...change,
})
const accepted = (name: string, uploaded: number) => {
  const report = { loss: 1, accuracy: null, seconds: 1.2344, backend: 'wasm' }
  const update = { sha256: '', bytes: 7, samples: 3, report }
  return member(name, { status: 'accepted', downloadedAt: OPENED + 5, uploadedAt: OPENED + uploaded, update })
}
const round = (number: number, members: Member[]): StoredRound => ({
  phase: 'closed',
  closedAt: OPENED + 90_000,
  modelSha256: null,
  metrics: { loss: number },
  weights: {},
  open: { number, openedAt: OPENED, deadlineAt: OPENED, overdue: false, target: 2, minimum: 1, modelSha256: '', members },
})
const numbers = (text: string) => {
  const bytes = Buffer.from(text, 'base64')
  return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readUInt32LE(4 * at))
}
const states = (text: string) => [...Buffer.from(text, 'base64')].map((state) => partStates[state - 1] ?? null)

it('keeps who did what and when, for those who came later as well', () => {
  const packed = new PackedRounds()
  packed.add(round(1, [accepted('a', 4_000), member('b', { status: 'downloaded', downloadedAt: OPENED + 9 })]))
  packed.add(round(2, [accepted('b', 5_000_000_000), accepted('c', 1)]))
  expect(packed.lines().map(({ round: number, asked, accepted: count, bytes }) => [number, asked, count, bytes])).toEqual([
    [1, 2, 1, 7],
    [2, 2, 2, 14],
  ])
  expect(packed.members(WHOLE).map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  const { state, selected, downloaded, uploaded, trained } = packed.cells(WHOLE)
  expect(states(state)).toEqual(['accepted', 'missing', null, null, 'accepted', 'accepted'])
  expect(numbers(selected)).toEqual([0, 0, NO_TIME, NO_TIME, 0, 0])
  expect(numbers(downloaded)).toEqual([5, 9, NO_TIME, NO_TIME, 5, 5])
  expect(numbers(uploaded)).toEqual([4_000, NO_TIME, NO_TIME, NO_TIME, NO_TIME - 1, 1])
  expect(numbers(trained)).toEqual([1_234, NO_TIME, NO_TIME, NO_TIME, 1_234, 1_234])
})

it('tells a reader names and training times that it may know', () => {
  const view: View = { whole: false, name: (name) => `peer-${name}`, id: (id) => id, single: (name) => name === 'b' }
  const packed = new PackedRounds()
  packed.add(round(1, [accepted('a', 1), accepted('b', 2)]))
  expect(packed.members(view).map(({ name }) => name)).toEqual(['peer-a', 'peer-b'])
  expect(numbers(packed.cells(view).trained)).toEqual([NO_TIME, 1_234])
  expect(numbers(packed.cells(view).uploaded)).toEqual([1, 2])
  // By its id: who holds a name now is not who held it before.
  const other = member('b').id
  const successor: View = { ...view, single: (name, id) => name === 'b' && id !== other }
  expect(numbers(packed.cells(successor).trained)).toEqual([NO_TIME, NO_TIME])
})

it('leaves what somebody may have as it is when more is added', () => {
  const before = new PackedRounds()
  before.add(round(1, [accepted('a', 1)]))
  before.add(round(2, [accepted('a', 2)]))
  const after = before.withoutNewest()
  after.add(round(2, [accepted('b', 3)]))
  expect(before.members(WHOLE)).toHaveLength(1)
  expect(numbers(before.cells(WHOLE).uploaded)).toEqual([1, 2])
  expect(numbers(after.cells(WHOLE).uploaded)).toEqual([1, NO_TIME, NO_TIME, 3])
})
