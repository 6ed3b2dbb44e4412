import { connect, createServer, type Socket as TcpSocket } from 'node:net'
import { join } from 'node:path'
import { joinFederation } from '@tributary/client'
import { PARTICIPANT_NAMESPACE, PROTOCOL_VERSION } from '@tributary/protocol'
import { io, type Socket } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Hub, openHub } from './harness/open-hub.ts'
import { joinRaw, type RawInstitution } from './harness/raw-institution.ts'
import { eventually, rowsOf, type SmallFederation, smallFederation, softmaxRun } from './harness/small-federation.ts'

let hub: Hub
let federation: SmallFederation
beforeAll(async () => {
  hub = await openHub()
  federation = await smallFederation(hub.coordinator.url, hub.coordinator.adminToken as string, join(hub.folder, 'state'))
})
afterAll(() => hub.close())

let serial = 0
let member: RawInstitution
const sockets: Socket[] = []
beforeEach(async () => {
  serial += 1
  member = await joinRaw(federation.admin, hub.coordinator.url, federation.id, `raw-${serial}`)
})
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close()
})

/** A connection with the raw member's identity; `alive` answers when it is asked whether it is still there. */
function open(url = hub.coordinator.url, alive = true): Socket {
  const socket = io(url + PARTICIPANT_NAMESPACE, {
    auth: { protocol: PROTOCOL_VERSION, token: member.token },
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
  })
  if (alive) socket.on('stillThere', (acknowledge: (answer: { ok: true }) => void) => acknowledge({ ok: true }))
  sockets.push(socket)
  return socket
}

/** `in`, or the code that the handshake was refused with. */
const outcome = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    socket.once('welcome', () => resolve('in'))
    socket.once('connect_error', (error) => resolve((error as Error & { data?: { code: string } }).data?.code ?? error.message))
  })

const isOnline = async () => (await federation.admin.participants(federation.id)).find(({ id }) => id === member.id)?.online

/** A line that can go dead without either end hearing of it. */
async function lineTo(port: number) {
  const pairs: [TcpSocket, TcpSocket][] = []
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    pairs.push([near, far])
    near.pipe(far).pipe(near)
    for (const end of [near, far]) end.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    goDead: () => {
      for (const [near, far] of pairs) {
        near.unpipe()
        far.unpipe()
        near.pause()
        far.pause()
      }
    },
    close: async () => {
      for (const end of pairs.flat()) end.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

test('a second program with the same identity ends with a code, and the first one trains on', async () => {
  const options = { url: hub.coordinator.url, data: rowsOf(1, 12), stateDir: join(hub.folder, 'state') }
  const first = await federation.join('alder', rowsOf(1, 12))
  const startedAt = performance.now()
  await expect(joinFederation({ ...options, name: 'alder' })).rejects.toMatchObject({ code: 'participant_connected' })
  expect(performance.now() - startedAt).toBeLessThan(4_000)
  const run = (await federation.admin.createRun(federation.id, { config: softmaxRun(2, 1) })).id
  await eventually('the end', async () => (await federation.admin.run(run)).phase === 'completed')
  await first.close()
  const again = await joinFederation({ ...options, name: 'alder' })
  expect(again.participant).toEqual(first.participant)
  await again.close()
})

test('whoever comes back over a new line takes the place of the dead one', async () => {
  const line = await lineTo(hub.coordinator.port)
  const before = open(line.url)
  expect(await outcome(before)).toBe('in')
  line.goDead()
  const startedAt = performance.now()
  const after = open()
  expect(await outcome(after)).toBe('in')
  expect(performance.now() - startedAt).toBeLessThan(10_000)
  expect(await isOnline()).toBe(true)
  await line.close()
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect([after.connected, await isOnline()]).toEqual([true, true])
})

test('of several that come at once one gets in, and stays', async () => {
  const several = Array.from({ length: 5 }, () => open())
  const outcomes = await Promise.all(several.map(outcome))
  expect(outcomes.filter((one) => one === 'in')).toHaveLength(1)
  expect(outcomes.filter((one) => one === 'participant_connected')).toHaveLength(4)
  expect(several.filter(({ connected }) => connected)).toHaveLength(1)
  expect(await isOnline()).toBe(true)
})

test('a place is free at once when its holder closes', async () => {
  const before = open()
  expect(await outcome(before)).toBe('in')
  before.close()
  await eventually('the end of the connection', async () => (await isOnline()) === false)
  expect(await outcome(open())).toBe('in')
})

test('one that does not answer is displaced, and is told by the end of its connection', async () => {
  const deaf = open(hub.coordinator.url, false)
  expect(await outcome(deaf)).toBe('in')
  const ended = new Promise((resolve) => deaf.once('disconnect', resolve))
  expect(await outcome(open())).toBe('in')
  expect(await ended).toMatch(/server disconnect|transport close/)
})
