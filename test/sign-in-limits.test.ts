import { type RunningCoordinator, startCoordinator } from '@tributary/coordinator'
import { PARTICIPANT_NAMESPACE, PROTOCOL_VERSION, routes, WATCH_NAMESPACE } from '@tributary/protocol'
import { io } from 'socket.io-client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { temporaryFolder } from './harness/small-federation.ts'

const LIMIT = 3

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let coordinator: RunningCoordinator
const start = (trustProxy = '') =>
  startCoordinator({
    host: '127.0.0.1',
    port: 0,
    dataDir: folder.path,
    logLevel: 'fatal',
    limits: { failuresPerMinute: LIMIT },
    trustProxy,
  })
beforeEach(async () => {
  folder = await temporaryFolder()
  coordinator = await start()
})
afterEach(async () => {
  await coordinator.close()
  await folder.remove()
})

interface Refusal {
  code: string
  retryable: boolean
  details: Record<string, unknown>
}

/** What a handshake is refused with; null when it is taken. */
const handshake = (
  namespace: string,
  auth: Record<string, unknown>,
  extraHeaders: Record<string, string> = {},
): Promise<Refusal | null> =>
  new Promise((resolve) => {
    const socket = io(coordinator.url + namespace, {
      auth,
      extraHeaders,
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
    })
    const done = (refusal: Refusal | null) => {
      socket.close()
      resolve(refusal)
    }
    socket.on('connect', () => done(null))
    socket.on('connect_error', (error) => done((error as Error & { data?: Refusal }).data ?? null))
  })

const byHttp = async (token: string): Promise<string> => {
  const response = await fetch(coordinator.url + routes.me, { headers: { authorization: `Bearer ${token}` } })
  return ((await response.json()) as { code: string }).code
}

test('wrong tokens by socket and by HTTP are one count, on both namespaces; a right one is let in', async () => {
  const guess = (namespace: string, n: number) => handshake(namespace, { protocol: PROTOCOL_VERSION, token: `made-up-${n}` })
  expect((await guess(WATCH_NAMESPACE, 1))?.code).toBe('unauthenticated')
  expect((await guess(PARTICIPANT_NAMESPACE, 2))?.code).toBe('unauthenticated')
  expect(await byHttp('made-up-3')).toBe('unauthenticated')
  expect(await guess(WATCH_NAMESPACE, 4)).toMatchObject({
    code: 'rate_limited',
    retryable: true,
    details: { limit: LIMIT, retryAfter: expect.any(Number) },
  })
  expect((await guess(PARTICIPANT_NAMESPACE, 5))?.code).toBe('rate_limited')
  expect(await byHttp('made-up-6')).toBe('rate_limited')
  expect(await handshake(WATCH_NAMESPACE, { protocol: PROTOCOL_VERSION, token: coordinator.adminToken })).toBeNull()
})

test('a handshake without a token counts, one of another version does not', async () => {
  for (let n = 0; n < 2 * LIMIT; n += 1)
    expect((await handshake(WATCH_NAMESPACE, { protocol: PROTOCOL_VERSION + 1, token: 'x' }))?.code).toBe(
      'protocol_version_unsupported',
    )
  for (let n = 0; n < LIMIT; n += 1)
    expect((await handshake(WATCH_NAMESPACE, { protocol: PROTOCOL_VERSION }))?.code).toBe('unauthenticated')
  expect((await handshake(WATCH_NAMESPACE, { protocol: PROTOCOL_VERSION }))?.code).toBe('rate_limited')
})

test('behind a proxy each caller has a count of its own, by socket and by HTTP, if the proxy is believed', async () => {
  const as = (caller: string, n: number) =>
    handshake(WATCH_NAMESPACE, { protocol: PROTOCOL_VERSION, token: `made-up-${n}` }, { 'x-forwarded-for': caller })
  for (let n = 0; n < LIMIT; n += 1) expect((await as(`192.0.2.${n}`, n))?.code).toBe('unauthenticated')
  expect((await as('192.0.2.99', 99))?.code).toBe('rate_limited')
  await coordinator.close()
  coordinator = await start('loopback')
  for (let n = 0; n < LIMIT; n += 1) expect((await as(`203.0.113.9, 192.0.2.1`, n))?.code).toBe('unauthenticated')
  const byHttpToo = await fetch(coordinator.url + routes.me, { headers: { 'x-forwarded-for': '192.0.2.1' } })
  expect(await byHttpToo.json()).toMatchObject({ code: 'rate_limited' })
  expect((await as('192.0.2.2', 9))?.code).toBe('unauthenticated')
})
