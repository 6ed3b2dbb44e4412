import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type LoggedVerticalEvent,
  PARTICIPANT_NAMESPACE,
  PROTOCOL_VERSION,
  type Run,
  routes,
  type Subscribed,
  type VerticalNotice,
  type VerticalParty,
  type VerticalRun,
  WATCH_NAMESPACE,
} from '@tributary/protocol'
import { io, type Socket } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type RunningCoordinator, startCoordinator } from '../server.ts'
import { someRunRequest } from '../testing/http-world.ts'
import { watchTurns } from '../testing/longest-turn.ts'
import { type NetworkWorld, networkWorld } from './testing/network-world.ts'

let dataDir: string
let hub: RunningCoordinator
let world: NetworkWorld
const sockets: Socket[] = []
/** The default of 1 s is less than a busy machine needs. */
const soon = (check: () => void) => vi.waitFor(check, { timeout: 20_000 })
const start = () => startCoordinator({ host: '127.0.0.1', port: 0, dataDir, logLevel: 'silent' })

// One hub for all: each start takes a while.
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'tributary-sockets-'))
  hub = await start()
  world = await networkWorld(hub.url, hub.adminToken ?? '')
})
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect()
})
afterAll(async () => {
  await hub.close()
  rmSync(dataDir, { recursive: true })
})

function connect(namespace: string, token: string): Socket {
  const options = { auth: { protocol: PROTOCOL_VERSION, token }, transports: ['websocket'], forceNew: true, reconnection: false }
  const socket = io(world.hub.url + namespace, options)
  sockets.push(socket)
  return socket
}

/** A party that is connected, with the notices that it has had. */
async function online(token: string): Promise<{ socket: Socket; notices: VerticalNotice[] }> {
  const socket = connect(PARTICIPANT_NAMESPACE, token)
  const notices: VerticalNotice[] = []
  socket.on('vertical', (notice: VerticalNotice) => notices.push(notice))
  await new Promise((resolve) => socket.once('welcome', resolve))
  return { socket, notices }
}

/** Notices of one run. */
const about = (run: string, notices: readonly VerticalNotice[]) => notices.filter((notice) => notice.run === run)

describe('notices', () => {
  it('tell each party of its new mail, and all of a change of phase', async () => {
    const { alder, birch, cedar } = world
    const [a, b] = [await online(alder.token), await online(birch.token)]
    const { run, manifest } = await world.running()
    const phases = ['proposed', 'approving', 'running'].map((phase) => ({ run, phase, cursor: 0 }))
    await soon(() => expect([about(run, a.notices), about(run, b.notices)]).toEqual([phases, phases]))
    await cedar.send(run, manifest, birch)
    await alder.send(run, manifest, birch)
    await world.admin('POST', routes.verticalActions(run), { action: 'pause', reason: 'x', idempotencyKey: 'pause-it' })
    await cedar.send(run, manifest, birch)
    await world.admin('POST', routes.verticalActions(run), { action: 'resume', reason: 'x', idempotencyKey: 'resume-it' })
    // Mail that comes in a pause is told of after it.
    await soon(() =>
      expect(about(run, b.notices).slice(3)).toEqual([
        { run, phase: 'running', cursor: 1 },
        { run, phase: 'running', cursor: 2 },
        { run, phase: 'paused', cursor: 2 },
        { run, phase: 'running', cursor: 3 },
      ]),
    )
    expect(about(run, a.notices).slice(3)).toEqual([
      { run, phase: 'paused', cursor: 0 },
      { run, phase: 'running', cursor: 0 },
    ])
  })

  it('wait for whoever connects, also after a restart of the hub', async () => {
    const { alder, birch } = world
    const { run, manifest } = await world.running()
    const { sha256, bytes } = await alder.send(run, manifest, birch)
    const now = [{ run, phase: 'running', cursor: 1 }]
    const before = await online(birch.token)
    await soon(() => expect(about(run, before.notices)).toEqual(now))
    const old = await world.admin<VerticalRun>('GET', routes.verticalRun(run))
    await hub.close()
    hub = await start()
    world.hub.url = hub.url
    expect(await world.admin('GET', routes.verticalRun(run))).toEqual(old)
    const after = await online(birch.token)
    await soon(() => expect(about(run, after.notices)).toEqual(now))
    expect((await birch.open(run, sha256)).bytes.equals(bytes)).toBe(true)
    expect((await alder.deliver(run, bytes)).json()).toMatchObject({ repeated: true })
    expect((await alder.send(run, manifest, birch)).answer.status).toBe(200)
    await alder.post(routes.verticalAbort(run), { code: 'x', reason: 'y' })
    const late = await online(alder.token)
    await soon(() => expect(about(run, late.notices)).toEqual([{ run, phase: 'aborted', cursor: 0 }]))
  })
})

describe('presence', () => {
  it('of a party counts as online, but not as ready to train', async () => {
    const { alder, federation } = world
    const { socket } = await online(alder.token)
    const listed = (await alder.get(routes.parties(federation))).json() as VerticalParty[]
    expect(listed.map(({ name, online: there }) => [name, there])).toEqual([
      ['alder', true],
      ['birch', false],
      ['cedar', false],
    ])
    const config = { ...someRunRequest.config, selection: { minimum: 1 } }
    const { id } = await world.admin<Run>('POST', routes.federationRuns(federation), { name: 'horizontal', config })
    const tasks: unknown[] = []
    socket.on('task', (task) => tasks.push(task))
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(tasks).toEqual([])
    expect(await world.admin<Run>('GET', routes.run(id))).toMatchObject({ phase: 'selecting', round: 0 })
    // The word that it does not say is what makes the difference.
    await socket.emitWithAck('ready', { samples: 1, backend: 'none', clientVersion: 'test' })
    await soon(() => expect(tasks.length).toBeGreaterThan(0))
  })
})

describe('watching', () => {
  it('gives the events of a vertical run: what was before, and what comes', async () => {
    const { alder, birch } = world
    const { run, manifest } = await world.running()
    const socket = connect(WATCH_NAMESPACE, await world.member('researcher', 'rowan'))
    const events: LoggedVerticalEvent[] = []
    let horizontal = 0
    socket.on('events', () => {
      horizontal += 1
    })
    socket.on('verticalEvents', (frame: { run: string; events: LoggedVerticalEvent[] }) => {
      expect(frame.run).toBe(run)
      events.push(...frame.events)
    })
    const answer = (await socket.emitWithAck('subscribe', { run, stream: null, lastSeq: 0 })) as {
      ok: true
      subscribed: Subscribed
    }
    expect(answer).toMatchObject({ ok: true, subscribed: { run, headSeq: 7, snapshot: false } })
    await alder.send(run, manifest, birch)
    await soon(() => expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]))
    expect(events.at(-1)).toMatchObject({ run, stream: answer.subscribed.stream, event: { type: 'vertical.message' } })
    expect(horizontal).toBe(0)
    const again = await socket.emitWithAck('subscribe', { run, stream: answer.subscribed.stream, lastSeq: 6 })
    expect(again).toMatchObject({ subscribed: { headSeq: 8 } })
    await soon(() => expect(events.slice(8).map(({ seq }) => seq)).toEqual([7, 8]))
  })

  it('is for the federation of the run', async () => {
    const { run } = await world.running()
    const other = await world.admin<{ id: string }>('POST', routes.federations, { name: 'elsewhere' })
    const { code } = await world.admin<{ code: string }>('POST', routes.invites(other.id), { role: 'admin', name: 'stranger' })
    const joined = await world.admin<{ token: string }>('POST', routes.join, {
      protocol: PROTOCOL_VERSION,
      code,
      name: 'stranger',
    })
    const socket = connect(WATCH_NAMESPACE, joined.token)
    expect(await socket.emitWithAck('subscribe', { run, stream: null, lastSeq: 0 })).toMatchObject({
      ok: false,
      error: { code: 'not_found' },
    })
  })
})

describe('large mail', () => {
  it('of 40 MB goes through, and leaves the hub time for others', async () => {
    const { alder, birch } = world
    const { run, manifest } = await world.running()
    const { bytes, sha256 } = await alder.seal(manifest, birch, { bytes: 40 * 2 ** 20 })
    const stop = watchTurns()
    const answer = await alder.deliver(run, bytes)
    const longest = stop()
    expect(answer.json()).toEqual({ status: 'stored', repeated: false, sha256 })
    expect(longest).toBeLessThan(1_000)
    expect((await birch.open(run, sha256)).bytes.equals(bytes)).toBe(true)
  })

  it('that breaks off leaves nothing, and may come again', async () => {
    const { alder, birch } = world
    const { run, manifest } = await world.running()
    const sealed = await alder.seal(manifest, birch, { bytes: 300_000 })
    await new Promise<void>((resolve) => {
      const upload = request(world.hub.url + routes.verticalMessages(run), {
        method: 'PUT',
        headers: {
          authorization: `Bearer ${alder.token}`,
          'content-type': 'application/octet-stream',
          'content-length': sealed.bytes.length,
        },
      })
      upload.on('error', () => resolve())
      upload.write(sealed.bytes.subarray(0, 200_000), () => setTimeout(() => upload.destroy(new Error('gone')), 50))
    })
    const staging = join(dataDir, 'mail', 'staging')
    await soon(() => expect(readdirSync(staging)).toEqual([]))
    expect((await birch.inbox(run)).json()).toEqual([])
    const answer = await alder.deliver(run, sealed.bytes)
    expect(answer.json()).toMatchObject({ repeated: false })
  })
})

describe('a party that leaves for good', () => {
  it('ends its runs', async () => {
    const { alder } = world
    const { run } = await world.running()
    const { socket } = await online(alder.token)
    expect(await socket.emitWithAck('leave', { reason: 'we stop here' })).toEqual({ ok: true })
    expect(await world.admin<VerticalRun>('GET', routes.verticalRun(run))).toMatchObject({
      phase: 'aborted',
      failure: { code: 'slr_aborted', details: { name: 'alder', reason: 'we stop here', code: 'participant_left' } },
    })
  })
})
