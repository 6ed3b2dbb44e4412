import {
  type LoggedEvent,
  type ProgressFrame,
  routes,
  type Subscribe,
  subscribeSchema,
  TributaryError,
} from '@tributary/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CoordinatorApi } from '../http/coordinator-api.ts'
import { FakeCoordinator } from '../testing/fake-coordinator.node.ts'
import { hastyClock, OTHER_RUN, RUN, until } from '../testing/participant-fixture.ts'
import { endOfRun, loggedEvent, runInPhase } from '../testing/run-log-fixture.ts'
import type { ServerSocket } from '../testing/socket-server.node.ts'
import { type WatchOptions, watchRun } from './watch-run.ts'

let fake: FakeCoordinator
let log: LoggedEvent[]
let subscriptions: Subscribe[]
let watcher: ServerSocket | null
let phase: 'training' | 'completed'
/** What the coordinator does about a subscription, beside answering it. */
let onSubscribe: (socket: ServerSocket, message: Subscribe) => void
let pages: number[]

beforeEach(async () => {
  fake = await FakeCoordinator.start()
  log = []
  pages = []
  subscriptions = []
  watcher = null
  phase = 'training'
  onSubscribe = () => undefined
  const stream = () => log.at(-1)?.stream ?? 's'
  fake.answers.set(`GET ${routes.run(RUN)}`, () => runInPhase(phase, log.length))
  fake.answers.set(`GET ${routes.runEvents(RUN)}`, (url) => {
    const after = Number(url.searchParams.get('after'))
    pages.push(after)
    return { stream: stream(), headSeq: log.length, events: log.slice(after, after + 2) }
  })
  fake.onWatcher = (socket) => {
    watcher = socket
    socket.on('subscribe', (raw, acknowledge) => {
      const message = subscribeSchema.parse(raw)
      subscriptions.push(message)
      const snapshot = message.stream !== null && message.stream !== stream()
      acknowledge?.({ ok: true, subscribed: { run: RUN, stream: stream(), headSeq: log.length, snapshot } })
      onSubscribe(socket, message)
    })
  }
})
afterEach(() => fake.close())

const append = (...events: LoggedEvent[]) => log.push(...events)
const tell = (...events: LoggedEvent[]) => watcher?.emit('events', { run: RUN, events })
const heartbeat = () =>
  watcher?.emit('heartbeat', { run: RUN, stream: 's', headSeq: log.length, serverTime: new Date().toISOString() })

function watch(options: WatchOptions = {}) {
  const seqs: number[] = []
  const api = new CoordinatorApi({ url: fake.url, token: 'secret', clock: hastyClock() })
  const ended = (async () => {
    for await (const { seq } of watchRun(api, RUN, { clock: hastyClock(), ...options })) seqs.push(seq)
  })()
  ended.catch(() => undefined)
  return { seqs, ended }
}

describe('watching a run', () => {
  it('gives the events in order, each once, and ends with the run', async () => {
    append(loggedEvent(1), loggedEvent(2))
    onSubscribe = () => tell(...log)
    const { seqs, ended } = watch()
    await until(() => seqs.length === 2)
    append(loggedEvent(3))
    tell(loggedEvent(2), loggedEvent(3))
    append(endOfRun(4))
    tell(endOfRun(4))
    await ended
    expect(seqs).toEqual([1, 2, 3, 4])
    expect(subscriptions).toEqual([{ run: RUN, stream: null, lastSeq: 0 }])
    expect(pages).toEqual([])
    await until(() => watcher?.connected === false)
  })

  it('fills a hole over HTTP, page by page', async () => {
    append(loggedEvent(1))
    onSubscribe = () => tell(loggedEvent(1))
    const { seqs, ended } = watch()
    await until(() => seqs.length === 1)
    append(loggedEvent(2), loggedEvent(3), loggedEvent(4), endOfRun(5))
    tell(endOfRun(5))
    await ended
    expect(seqs).toEqual([1, 2, 3, 4, 5])
    expect(pages).toEqual([1, 3])
  })

  it('learns from the heartbeat that a frame was lost', async () => {
    const { seqs, ended } = watch()
    await until(() => subscriptions.length === 1)
    append(loggedEvent(1), endOfRun(2))
    heartbeat()
    await ended
    expect(seqs).toEqual([1, 2])
  })

  it('subscribes again after a break, from where it was, and over HTTP that fails at first', async () => {
    append(loggedEvent(1), loggedEvent(2))
    onSubscribe = (_, { lastSeq }) => tell(...log.slice(lastSeq))
    const troubles: string[] = []
    const { seqs, ended } = watch({ onTrouble: ({ code }) => troubles.push(code) })
    await until(() => seqs.length === 2)
    watcher?.disconnect(true)
    await until(() => subscriptions.length === 2)
    append(loggedEvent(3), endOfRun(4))
    fake.faults.push({ method: 'GET', path: '/events', refuse: new TributaryError('unavailable') })
    tell(endOfRun(4))
    await ended
    expect(seqs).toEqual([1, 2, 3, 4])
    expect(subscriptions[1]).toEqual({ run: RUN, stream: 's', lastSeq: 2 })
    expect(troubles).toEqual(expect.arrayContaining(['unreachable', 'unavailable']))
  })

  it('goes on where it is told to', async () => {
    append(loggedEvent(1), loggedEvent(2), endOfRun(3))
    onSubscribe = (_, { lastSeq }) => tell(...log.slice(lastSeq))
    const { seqs, ended } = watch({ after: { stream: 's', lastSeq: 2 } })
    await ended
    expect(seqs).toEqual([3])
  })

  it('of one that is over already ends, without a frame', async () => {
    append(loggedEvent(1), endOfRun(2))
    phase = 'completed'
    const whole = watch()
    await whole.ended
    expect(whole.seqs).toEqual([1, 2])
    const rest = watch({ after: { stream: 's', lastSeq: 2 } })
    await rest.ended
    expect(rest.seqs).toEqual([])
  })

  it('begins again when the log is another one', async () => {
    append(loggedEvent(1), loggedEvent(2), loggedEvent(3))
    onSubscribe = (_, { lastSeq }) => tell(...log.slice(lastSeq))
    let restarts = 0
    const { seqs, ended } = watch({ onRestart: () => (restarts += 1) })
    await until(() => seqs.length === 3)
    log = [loggedEvent(1, 'restored'), endOfRun(2, 'restored')]
    watcher?.disconnect(true)
    await ended
    expect(seqs).toEqual([1, 2, 3, 1, 2])
    expect(restarts).toBe(1)
  })

  it('hands on progress and presence, and passes over other runs and what it does not understand', async () => {
    const frames: ProgressFrame[] = []
    const online: string[][] = []
    const troubles: string[] = []
    const { seqs, ended } = watch({
      onProgress: (frame) => frames.push(frame),
      onPresence: (frame) => online.push(frame.online),
      onTrouble: ({ message }) => troubles.push(message),
    })
    await until(() => subscriptions.length === 1)
    const progress = { name: 'a', round: 1, phase: 'training', fraction: 0.5, samplesPerSecond: null, loss: null }
    watcher?.emit('progress', { run: RUN, phase: 'training', participants: [progress] })
    watcher?.emit('progress', { run: OTHER_RUN, phase: 'training', participants: [] })
    watcher?.emit('presence', { federation: 'fed_00000001', online: ['a', 'b'] })
    watcher?.emit('events', { run: RUN, events: [{ seq: 'one' }] })
    append(endOfRun(1))
    tell(endOfRun(1))
    await ended
    expect(frames).toEqual([{ run: RUN, phase: 'training', participants: [progress] }])
    expect(online).toEqual([['a', 'b']])
    expect(troubles).toEqual([expect.stringContaining('message events')])
    expect(seqs).toEqual([1])
  })

  it('ends with a refusal that stays one', async () => {
    fake.onWatcher = (socket) =>
      socket.on('subscribe', (_, acknowledge) =>
        acknowledge?.({ ok: false, error: new TributaryError('not_found', { what: 'run', id: RUN }).toBody() }),
      )
    await expect(watch().ended).rejects.toMatchObject({ code: 'not_found' })
  })

  it('asks again after a refusal that may pass', async () => {
    const serve = fake.onWatcher
    fake.onWatcher = (socket) =>
      socket.on('subscribe', (_, acknowledge) => {
        acknowledge?.({ ok: false, error: new TributaryError('unavailable').toBody() })
        fake.onWatcher = serve
        socket.disconnect(true)
      })
    append(endOfRun(1))
    onSubscribe = () => tell(...log)
    const { seqs, ended } = watch()
    await ended
    expect(seqs).toEqual([1])
  })

  it('ends with the reason of its signal, and closes when its reader goes', async () => {
    const controller = new AbortController()
    const { ended } = watch({ signal: controller.signal })
    await until(() => subscriptions.length === 1)
    controller.abort(new Error('enough'))
    await expect(ended).rejects.toThrow('enough')

    append(loggedEvent(1))
    onSubscribe = () => tell(...log)
    const api = new CoordinatorApi({ url: fake.url, token: 'secret' })
    for await (const { seq } of watchRun(api, RUN)) {
      expect(seq).toBe(1)
      break
    }
    await until(() => watcher?.connected === false)
  })
})
