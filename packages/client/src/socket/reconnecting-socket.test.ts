import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { coordinatorAddress } from '../http/address.ts'
import { until } from '../testing/participant-fixture.ts'
import { BACKOFF_BASE_MS, BACKOFF_CAP_MS } from '../timing/backoff.ts'
import type { Clock } from '../timing/clock.ts'
import { ReconnectingSocket } from './reconnecting-socket.ts'

let http: Server | null = null
let socket: ReconnectingSocket | null = null
afterEach(() => {
  socket?.close()
  http?.closeAllConnections()
  http?.close()
})

/** Opens each WebSocket and says so; `answer` is what then becomes of the client's CONNECT. */
async function openingServer(answer: (connection: Socket) => void): Promise<{ url: string; attempts: () => number }> {
  let attempts = 0
  const server = createServer()
  http = server
  server.on('upgrade', ({ headers }, connection: Socket) => {
    attempts += 1
    connection.on('error', () => undefined)
    const key = `${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
    const accept = createHash('sha1').update(key).digest('base64')
    connection.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    )
    connection.write(textFrame('0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'))
    connection.once('data', () => answer(connection))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, attempts: () => attempts }
}

/** An unmasked frame of at most 125 bytes. */
const textFrame = (text: string): Buffer => Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text)])

/** The longest pauses of the backoff, without waiting for them. */
function countingClock(): Clock & { readonly pauses: number[]; pending: number; mostPending: number } {
  const clock = {
    pauses: [] as number[],
    pending: 0,
    mostPending: 0,
    now: () => performance.now(),
    random: () => 1,
    async sleep(milliseconds: number, signal: AbortSignal) {
      clock.pauses.push(milliseconds)
      clock.pending += 1
      clock.mostPending = Math.max(clock.mostPending, clock.pending)
      await new Promise((resolve) => setTimeout(resolve, 10))
      clock.pending -= 1
      signal.throwIfAborted()
    },
  }
  return clock
}

it.each<[string, (connection: Socket) => void]>([
  // Reserved bits: the WebSocket reports a protocol error, and then its end.
  ['is answered by what is no WebSocket frame', (connection) => connection.write(Buffer.from([0xff, 0x00]))],
  ['is answered by what is no Socket.IO packet', (connection) => connection.write(textFrame('4z'))],
  ['is cut before the answer', (connection) => connection.destroy()],
])('waits longer after each attempt that %s, and has one attempt due at a time', async (_, answer) => {
  const { url, attempts } = await openingServer(answer)
  const clock = countingClock()
  const told: string[] = []
  socket = new ReconnectingSocket({
    address: coordinatorAddress(url),
    namespace: '/participants',
    token: 't',
    clock,
    onConnected: () => told.push('connected'),
    onDisconnected: () => told.push('disconnected'),
    onConnectFailed: ({ code }) => told.push(code),
    onRefused: () => told.push('refused'),
    messages: {},
  })
  socket.open()
  await until(() => attempts() >= 8)
  const growing = Array.from({ length: 20 }, (_, failures) => Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** failures))
  expect(clock.pauses).toEqual(growing.slice(0, clock.pauses.length))
  expect(clock.pauses.length).toBeGreaterThanOrEqual(7)
  expect(clock.mostPending).toBe(1)
  expect(told).toEqual(clock.pauses.map(() => 'unreachable'))
})
