import { type LoggedVerticalEvent, routes, type VerticalPhase } from '@tributary/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CoordinatorApi } from '../http/coordinator-api.ts'
import { VerticalApi } from '../http/vertical-api.ts'
import { FakeCoordinator } from '../testing/fake-coordinator.node.ts'
import { hastyClock, RUN } from '../testing/participant-fixture.ts'
import { type VerticalWatchOptions, watchVerticalRun } from './watch-vertical-run.ts'

let fake: FakeCoordinator
let log: LoggedVerticalEvent[]
let stream: string
/** What happens before each page is read, counted from 1. */
let beforePage: (page: number) => void
let pages: number

beforeEach(async () => {
  fake = await FakeCoordinator.start()
  log = []
  stream = 's'
  pages = 0
  beforePage = () => undefined
  fake.answers.set(`GET ${routes.verticalEvents(RUN)}`, (url) => {
    pages += 1
    beforePage(pages)
    const after = Number(url.searchParams.get('after'))
    return { stream, headSeq: log.length, events: log.slice(after, after + 2) }
  })
})
afterEach(() => fake.close())

function append(to: VerticalPhase): void {
  log.push({
    run: RUN as LoggedVerticalEvent['run'],
    stream,
    seq: log.length + 1,
    at: '2026-01-01T00:00:00.000Z',
    event: { type: 'vertical.state', data: { from: null, to, error: null } },
  })
}

async function watch(options: VerticalWatchOptions = {}): Promise<number[]> {
  const seqs: number[] = []
  const api = new VerticalApi(new CoordinatorApi({ url: fake.url, token: 'secret' }))
  const clock = hastyClock()
  for await (const { seq } of watchVerticalRun(api, RUN, { clock, pollMilliseconds: 1, ...options })) seqs.push(seq)
  return seqs
}

describe('watching a vertical run', () => {
  it('gives the events in order, each once, by pages and as they come, and ends with the run', async () => {
    for (const phase of ['proposed', 'approving', 'running'] as const) append(phase)
    beforePage = (page) => {
      if (page === 5) append('paused')
      if (page === 7) append('running')
      if (page === 8) append('completed')
      if (page === 8) append('completed')
    }
    expect(await watch()).toEqual([1, 2, 3, 4, 5, 6])
    expect(pages).toBe(8)
  })

  it('ends at once for a run that is over', async () => {
    append('proposed')
    append('aborted')
    expect(await watch()).toEqual([1, 2])
    expect(pages).toBe(1)
  })

  it('goes on after a break of the connection, and says so', async () => {
    append('proposed')
    append('approving')
    append('completed')
    beforePage = (page) => {
      if (page === 2) throw new Error('the connection breaks')
    }
    const troubles: string[] = []
    expect(await watch({ onTrouble: ({ code }) => troubles.push(code) })).toEqual([1, 2, 3])
    expect(troubles).toEqual(['unreachable'])
  })

  it('begins anew when the log is another one', async () => {
    append('proposed')
    append('approving')
    beforePage = (page) => {
      if (page !== 2) return
      stream = 'other'
      log = []
      append('proposed')
      append('completed')
    }
    let restarts = 0
    expect(
      await watch({
        onRestart: () => {
          restarts += 1
        },
      }),
    ).toEqual([1, 2, 1, 2])
    expect(restarts).toBe(1)
  })

  it('ends with what retrying does not mend, and with the reason of its signal', async () => {
    const reason = new Error('enough')
    const controller = new AbortController()
    beforePage = (page) => {
      if (page > 3) controller.abort(reason)
    }
    pages = 0
    await expect(watch({ signal: controller.signal })).rejects.toBe(reason)
    fake.answers.clear()
    await expect(watch()).rejects.toMatchObject({ code: 'not_found' })
  })
})
