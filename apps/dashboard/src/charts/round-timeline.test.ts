import type { Round } from '@tributary/protocol'
import { expect, it } from 'vitest'
import { isStraggler, timelineOf } from './round-timeline.ts'

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString()
const part = (
  name: string,
  downloaded: number | null,
  uploaded: number | null,
  trainSeconds: number | null,
  state = 'accepted',
) => ({
  name,
  state,
  selectedAt: at(0),
  downloadedAt: downloaded === null ? null : at(downloaded),
  uploadedAt: uploaded === null ? null : at(uploaded),
  trainSeconds,
})
const round = (participants: unknown[], closedAt: number | null): Round =>
  ({ openedAt: at(0), deadlineAt: at(60), closedAt: closedAt === null ? null : at(closedAt), participants }) as unknown as Round

it('cuts a participant’s time into download, training, upload and waiting', () => {
  const { rows, median, deadline, length } = timelineOf(
    round([part('a', 1, 6, 4), part('b', 1, 4, 2), part('slow', 2, 20, 15)], 20),
    0,
  )
  expect({ median, deadline, length }).toEqual({ median: 6, deadline: 60, length: 20 })
  expect(rows.map(({ name }) => name)).toEqual(['slow', 'a', 'b'])
  expect(rows[0]?.lateness).toBe(14)
  expect(rows[1]?.bars).toEqual([
    { phase: 'download', from: 0, to: 1 },
    { phase: 'train', from: 1, to: 5 },
    { phase: 'upload', from: 5, to: 6 },
    { phase: 'wait', from: 6, to: 20 },
  ])
})

it('names who is late while the round is still open', () => {
  const timeline = timelineOf(
    round([part('a', 1, 4, 2), part('b', 1, 4, 2), part('late', 1, null, null, 'downloaded')], null),
    Date.parse(at(30)),
  )
  expect(timeline.rows.filter((row) => isStraggler(row, timeline)).map(({ name, lateness }) => [name, lateness])).toEqual([
    ['late', 26],
  ])
  expect(timeline.rows[0]?.bars.at(-1)).toEqual({ phase: 'train', from: 1, to: 30 })
})

it('has no lateness before anybody has sent an update', () => {
  const { rows, median } = timelineOf(round([part('a', null, null, null, 'selected')], null), Date.parse(at(5)))
  expect(median).toBeNull()
  expect(rows[0]).toMatchObject({ lateness: null, bars: [{ phase: 'download', from: 0, to: 5 }] })
})
