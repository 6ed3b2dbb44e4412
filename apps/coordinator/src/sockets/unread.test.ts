import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { io as connect, type Socket } from 'socket.io-client'
import { afterEach, expect, it } from 'vitest'
import { pauseReading } from './testing/paused.ts'
import { cutUnread, drained, lineOf, type UnreadLimits } from './unread.ts'

const NO_LIMIT = Number.POSITIVE_INFINITY
const LARGE = 'x'.repeat(100_000)

let io: Server
let close: () => Promise<void>
let url: string
const clients: Socket[] = []

async function serve(limits: UnreadLimits): Promise<void> {
  const http = createServer()
  io = new Server(http, { transports: ['websocket'], serveClient: false })
  const guard = cutUnread(io.engine, limits)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  close = async () => {
    guard.close()
    await io.close()
  }
}
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect()
  await close()
})

async function client(): Promise<Socket> {
  const socket = connect(url, { transports: ['websocket'], forceNew: true, reconnection: false })
  clients.push(socket)
  await new Promise((resolve) => socket.once('connect', () => resolve(undefined)))
  return socket
}
const there = () => [...io.sockets.sockets.keys()]

it('cuts who does not read what everybody is told, and nobody else', { timeout: 60_000 }, async () => {
  await serve({ unreadBytes: 2 ** 20, unreadMessages: NO_LIMIT })
  const [reader, deaf] = [await client(), await client()]
  let heard = 0
  reader.on('news', () => {
    heard += 1
  })
  pauseReading(deaf)
  let told = 0
  for (; there().length === 2 && told < 3_000; told += 1) {
    io.emit('news', LARGE)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  expect(there()).toEqual([reader.id])
  await expect.poll(() => heard, { timeout: 20_000 }).toBe(told)
})

it('cuts who asks and never reads the answers', { timeout: 60_000 }, async () => {
  await serve({ unreadBytes: NO_LIMIT, unreadMessages: 2_000 })
  const deaf = await client()
  io.sockets.sockets.get(deaf.id ?? '')?.on('ask', (answer: (text: string) => void) => answer(LARGE.slice(0, 10_000)))
  pauseReading(deaf)
  for (let asked = 0; there().length > 0 && asked < 200; asked += 1) {
    for (let n = 0; n < 100; n += 1) deaf.emit('ask', () => {})
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  expect(there()).toEqual([])
})

it('says when everything was taken, and when the connection has ended', { timeout: 60_000 }, async () => {
  await serve({ unreadBytes: NO_LIMIT, unreadMessages: NO_LIMIT })
  const slow = await client()
  const served = io.sockets.sockets.get(slow.id ?? '')
  if (served === undefined) throw new Error('not connected')
  expect(await drained(lineOf(served))).toBe(true)
  const resume = pauseReading(slow)
  // More than the kernel keeps for it.
  for (let told = 0; lineOf(served).transport.writable && told < 3_000; told += 1) {
    served.emit('news', LARGE)
    await new Promise(setImmediate)
  }
  let isTaken: boolean | null = null
  const taken = drained(lineOf(served)).then((is) => {
    isTaken = is
  })
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(isTaken).toBeNull()
  resume()
  await taken
  expect(isTaken).toBe(true)
  served.disconnect(true)
  expect(await drained(lineOf(served))).toBe(false)
})
