import { once } from 'node:events'
import { type ClientRequest, request } from 'node:http'
import { connect, type Socket as TcpSocket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CoordinatorApi } from '@tributary/client'
import { DEFAULT_LIMITS, type RunningCoordinator } from '@tributary/coordinator'
import { decodeContainer, encodeUpdate, type RunId, routes } from '@tributary/protocol'
import { io, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Hub, openHub } from './harness/open-hub.ts'
import { connectReady, joinRaw, moved, putUpdate, type RawInstitution } from './harness/raw-institution.ts'
import { eventually, softmaxRun } from './harness/small-federation.ts'

const HEADERS_SECONDS = 1
const IDLE_SECONDS = 2
const REQUEST_SECONDS = 6

let hub: Hub
let coordinator: RunningCoordinator
let admin: CoordinatorApi
let run: RunId
let slow: RawInstitution
let steady: RawInstitution
let sockets: Socket[]
let port: number

beforeAll(async () => {
  const limits = { headersSeconds: HEADERS_SECONDS, idleSeconds: IDLE_SECONDS, requestSeconds: REQUEST_SECONDS }
  hub = await openHub({ limits })
  coordinator = hub.coordinator
  port = coordinator.port
  admin = hub.admin
  const { id } = await admin.createFederation('slow')
  slow = await joinRaw(admin, coordinator.url, id, 'slow')
  steady = await joinRaw(admin, coordinator.url, id, 'steady')
  sockets = [await connectReady(coordinator.url, slow), await connectReady(coordinator.url, steady)]
  run = (await admin.createRun(id, { name: 'slow', config: softmaxRun(1, 2) })).id
  await eventually('the round', async () => (await admin.run(run)).phase === 'training')
})
afterAll(async () => {
  for (const socket of sockets) socket.close()
  await hub.close()
})

/** An update of this institution, and how it is announced. */
async function updateOf({ id }: RawInstitution, seed: number) {
  const model = decodeContainer(await admin.downloadModel((await admin.run(run)).modelSha256)).tensors
  const report = { loss: 0.5, accuracy: null, seconds: 0.1, backend: 'none' }
  return encodeUpdate(moved(model, seed, 1), { run, round: 1, participant: id, form: 'parameters', samples: 9, report })
}

const pathOf = (sha256: string, bytes: number, offset: number): string =>
  `${routes.update(run, 1)}?${new URLSearchParams({ sha256, bytes: String(bytes), offset: String(offset) })}`

function put({ token }: RawInstitution, path: string, length: number): ClientRequest {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/octet-stream',
    'content-length': length,
  }
  return request({ host: '127.0.0.1', port, method: 'PUT', path, headers, agent: false })
}

/** How a request ended: the status of its answer, or `cut` without one. */
const endOf = (call: ClientRequest): Promise<number | 'cut'> =>
  new Promise((resolve) => {
    call.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    call.on('error', () => resolve('cut'))
    call.on('close', () => resolve('cut'))
  })

/**
 * Sends bytes in pieces, evenly over the seconds, for as long as the connection stands.
 * @returns the longest silence between two of them, in seconds: it is longer where the machine stood still
 */
async function drip(call: ClientRequest, bytes: Uint8Array, seconds: number): Promise<number> {
  const pieces = seconds * 4
  const size = Math.ceil(bytes.byteLength / pieces)
  let silence = 0
  for (let start = 0; start < bytes.byteLength && !call.destroyed; start += size) {
    const before = performance.now()
    call.write(bytes.subarray(start, start + size))
    await sleep(250)
    silence = Math.max(silence, (performance.now() - before) / 1000)
  }
  call.end()
  return silence
}

async function storedOf({ token }: RawInstitution, sha256: string, bytes: number): Promise<number> {
  const response = await fetch(coordinator.url + pathOf(sha256, bytes, 0), {
    method: 'HEAD',
    headers: { authorization: `Bearer ${token}` },
  })
  return Number(response.headers.get('upload-offset'))
}

test('a head that drips in is cut', async () => {
  const socket: TcpSocket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const startedAt = performance.now()
  socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n')
  const dripping = setInterval(() => socket.write('x-a: b\r\n'), 200)
  socket.on('error', () => {})
  socket.resume()
  await once(socket, 'close')
  clearInterval(dripping)
  const seconds = (performance.now() - startedAt) / 1000
  expect(seconds).toBeGreaterThan(HEADERS_SECONDS * 0.9)
  expect(seconds).toBeLessThan(HEADERS_SECONDS * 1.25 + 2)
})

test('a body that stops is cut, and what came is kept', async () => {
  const { sha256, bytes } = await updateOf(slow, 1)
  const call = put(slow, pathOf(sha256, bytes.byteLength, 0), bytes.byteLength)
  const ended = endOf(call)
  const startedAt = performance.now()
  call.write(bytes.subarray(0, 100))
  expect(await ended).toBe('cut')
  expect((performance.now() - startedAt) / 1000).toBeLessThan(IDLE_SECONDS + 3)
  expect(await storedOf(slow, sha256, bytes.byteLength)).toBe(100)
})

test('an upload that is slow but never silent is taken', async () => {
  const { sha256, bytes } = await updateOf(steady, 2)
  let end: number | 'cut' = 'cut'
  // Who was silent for so long, since the machine stood still, may be cut.
  for (let tries = 0, silence = IDLE_SECONDS; tries < 3 && end !== 200 && silence > IDLE_SECONDS * 0.9; tries += 1) {
    const offset = await storedOf(steady, sha256, bytes.byteLength)
    const call = put(steady, pathOf(sha256, bytes.byteLength, offset), bytes.byteLength - offset)
    const ended = endOf(call)
    silence = await drip(call, bytes.subarray(offset), IDLE_SECONDS * 2)
    end = await ended
  }
  expect(end).toBe(200)
})

test('an upload that takes longer than a request may goes on where it was cut', async () => {
  const { sha256, bytes } = await updateOf(slow, 3)
  const call = put(slow, pathOf(sha256, bytes.byteLength, 0), bytes.byteLength)
  const ended = endOf(call)
  await drip(call, bytes, REQUEST_SECONDS * 2)
  expect(['cut', 408]).toContain(await ended)
  const offset = await eventually('the stored part', async () => await storedOf(slow, sha256, bytes.byteLength))
  expect(offset).toBeGreaterThan(bytes.byteLength / 4)
  expect(offset).toBeLessThan(bytes.byteLength)
  const rest = { body: bytes.slice(offset), sha256, bytes: bytes.byteLength, offset }
  expect((await putUpdate(coordinator.url, run, 1, slow.token, rest)).status).toBe(200)
}, 60_000)

test('a WebSocket may be silent for longer than a request', async () => {
  const socket = io(`${coordinator.url}/watch`, {
    auth: { protocol: 1, token: coordinator.adminToken },
    transports: ['websocket'],
    reconnection: false,
  })
  sockets.push(socket)
  await new Promise((resolve) => socket.once('connect', () => resolve(null)))
  await sleep((IDLE_SECONDS * 2 + 0.5) * 1000)
  expect(socket.connected).toBe(true)
})

test('as it comes, a head has seconds and a large model has an hour', () => {
  expect(DEFAULT_LIMITS).toMatchObject({ headersSeconds: 20, idleSeconds: 120, requestSeconds: 3_600 })
})
