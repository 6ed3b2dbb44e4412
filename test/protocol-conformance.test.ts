import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { io, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/*
 * docs/protocol.md from the outside: this suite knows an address and an admin's token, and builds every byte itself. It runs
 * against any coordinator of protocol 1:
 *
 *   TRIBUTARY_CONFORMANCE_URL=https://host:port TRIBUTARY_CONFORMANCE_TOKEN=… npm test -- test/protocol-conformance.test.ts
 *
 * Without an address it starts this repository's coordinator, and uses nothing of it but its address and token. It leaves one
 * federation with one run behind.
 */

type Json = Record<string, unknown>

let url: string
let adminToken: string
let stop: () => Promise<void> = async () => {}
const sockets: Socket[] = []

/** What the tests, which build on each other as a session does, have learnt. */
const known = {
  federation: '',
  participant: '',
  token: '',
  run: '',
  task: {} as Json,
  model: new Uint8Array(),
  update: new Uint8Array(),
  weights: new Float32Array(),
}
let participantSocket: Socket

async function ownCoordinator(): Promise<void> {
  const { startCoordinator } = await import('@tributary/coordinator')
  const { temporaryFolder } = await import('./harness/small-federation.ts')
  const folder = await temporaryFolder()
  const coordinator = await startCoordinator({ host: '127.0.0.1', port: 0, dataDir: folder.path, logLevel: 'fatal' })
  url = coordinator.url
  adminToken = coordinator.adminToken as string
  stop = async () => {
    await coordinator.close()
    await folder.remove()
  }
}

beforeAll(async () => {
  const given = process.env.TRIBUTARY_CONFORMANCE_URL
  if (given === undefined) return ownCoordinator()
  if (process.env.TRIBUTARY_CONFORMANCE_TOKEN === undefined) throw new Error('set TRIBUTARY_CONFORMANCE_TOKEN beside the URL')
  url = given.replace(/\/$/, '')
  adminToken = process.env.TRIBUTARY_CONFORMANCE_TOKEN
})
afterAll(async () => {
  for (const socket of sockets) socket.close()
  await stop()
})

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const get = (path: string, token: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url + path, { headers: { ...bearer(token), ...headers } })
const json = async (response: Response): Promise<Json> => (await response.json()) as Json
const read = async (path: string, token = adminToken): Promise<Json> => json(await get(path, token))
const post = (path: string, body: unknown, token: string | null, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token === null ? {} : bearer(token)), ...headers },
    body: JSON.stringify(body),
  })

function open(namespace: string, auth: Json): Socket {
  const socket = io(url + namespace, { auth, transports: ['websocket'], forceNew: true, reconnection: false })
  sockets.push(socket)
  return socket
}
/** The next message of this name; fails, naming it, when it does not come. */
const heard = (socket: Socket, event: string): Promise<Json> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${event} within 20 s`)), 20_000)
    socket.once(event, (message: unknown) => {
      clearTimeout(timer)
      resolve(message as Json)
    })
  })
const refusal = async (namespace: string, auth: Json): Promise<Json> => {
  const error = await heard(open(namespace, auth), 'connect_error')
  return error.data as Json
}

const errorShape = (code: string, retryable: boolean) => ({
  code,
  message: expect.stringMatching(/\S/),
  nextStep: expect.stringMatching(/\S/),
  retryable,
  party: expect.stringMatching(/^(institution|coordinator|admin|researcher|network)$/),
  phase: expect.any(String),
  details: expect.any(Object),
})
async function expectError(response: Response, status: number, code: string, retryable = false): Promise<Json> {
  const body = await json(response)
  expect({ status: response.status, body }).toEqual({ status, body: errorShape(code, retryable) })
  expect(response.headers.get('content-type')).toMatch(/^application\/json/)
  return body
}

interface Parsed {
  readonly header: { kind: string; tensors: { name: string; shape: number[]; dtype: string }[] }
  readonly values: Float32Array
  readonly start: number
}
/** The container's layout, byte by byte as the document says it. */
function parse(bytes: Uint8Array): Parsed {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  expect([...bytes.subarray(0, 8)]).toEqual([0x54, 0x52, 0x49, 0x42, 1, 0, 0, 0])
  const length = view.getUint32(8, true)
  expect(view.getUint32(12, true)).toBe(0)
  const start = Math.ceil((16 + length) / 64) * 64
  expect(bytes.subarray(16 + length, start).every((byte) => byte === 0)).toBe(true)
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(16, 16 + length))) as Parsed['header']
  const values = new Float32Array((bytes.byteLength - start) / 4)
  for (let i = 0; i < values.length; i += 1) values[i] = view.getFloat32(start + 4 * i, true)
  return { header, values, start }
}
function build(header: unknown, values: Float32Array): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(header))
  const start = Math.ceil((16 + text.byteLength) / 64) * 64
  const bytes = new Uint8Array(start + 4 * values.length)
  const view = new DataView(bytes.buffer)
  bytes.set([0x54, 0x52, 0x49, 0x42, 1])
  view.setUint32(8, text.byteLength, true)
  bytes.set(text, 16)
  for (const [i, value] of values.entries()) view.setFloat32(start + 4 * i, value, true)
  return bytes
}

describe('platform', () => {
  test('health, readiness and metrics need no token', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics']) expect((await fetch(url + path)).status).toBe(200)
    const metrics = await (await fetch(`${url}/metrics`)).text()
    expect(metrics).toMatch(/^# TYPE tributary_http_seconds histogram$/m)
  })

  test('openapi.json describes the routes of the document', async () => {
    const { openapi, paths } = (await json(await fetch(`${url}/openapi.json`))) as { openapi: string; paths: Json }
    expect(openapi).toMatch(/^3\.1/)
    const api = '/api/v1'
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        `${api}/join`,
        `${api}/me`,
        `${api}/federations`,
        `${api}/federations/{federation}`,
        `${api}/federations/{federation}/invites`,
        `${api}/federations/{federation}/participants`,
        `${api}/federations/{federation}/runs`,
        `${api}/invites/{invite}`,
        `${api}/runs`,
        `${api}/runs/{run}`,
        `${api}/runs/{run}/actions`,
        `${api}/runs/{run}/events`,
        `${api}/runs/{run}/metrics`,
        `${api}/runs/{run}/models`,
        `${api}/runs/{run}/rounds`,
        `${api}/runs/{run}/rounds/{round}`,
        `${api}/runs/{run}/rounds/{round}/update`,
        `${api}/models/{sha256}`,
      ]),
    )
  })

  test('every refusal has one shape, in the language that is asked for', async () => {
    await expectError(await fetch(`${url}/api/v1/me`), 401, 'unauthenticated')
    await expectError(await get('/api/v1/me', 'forged'), 401, 'unauthenticated')
    await expectError(await get('/api/v1/nothing', adminToken), 404, 'not_found')
    await expectError(await get('/api/v1/runs/run_0000000000000000', adminToken), 404, 'not_found')
    await expectError(await post('/api/v1/federations', { nome: 'x' }, adminToken), 400, 'bad_request')
    const chinese = await json(await fetch(`${url}/api/v1/me`, { headers: { 'accept-language': 'zh-CN' } }))
    expect(chinese).toEqual(errorShape('unauthenticated', false))
    expect(chinese.message).toMatch(/\p{Script=Han}/u)
  })
})

describe('joining', () => {
  let code = ''
  test('an invite is created once and shown once', async () => {
    const federation = await post('/api/v1/federations', { name: `conformance ${randomUUID()}` }, adminToken)
    expect(federation.status).toBe(200)
    known.federation = (await json(federation)).id as string
    const path = `/api/v1/federations/${known.federation}/invites`
    const invite = await json(await post(path, { name: 'probe' }, adminToken))
    code = invite.code as string
    expect(code).toMatch(/\S/)
    const listed = (await (await get(path, adminToken)).json()) as Json[]
    expect(listed).toEqual([expect.objectContaining({ id: invite.id, state: 'pending', name: 'probe' })])
    expect(JSON.stringify(listed)).not.toContain(code)
  })

  test('another protocol version is refused, and leaves the invite unused', async () => {
    const body = await expectError(
      await post('/api/v1/join', { protocol: 999, code, name: 'probe' }, null),
      426,
      'protocol_version_unsupported',
    )
    expect(body.details).toMatchObject({ supported: 1 })
  })

  test('an unknown code and another name are refused', async () => {
    const wrong = { protocol: 1, code: 'AAAAAA-AAAAAA-AAAAAA-AAAAAA', name: 'probe' }
    await expectError(await post('/api/v1/join', wrong, null), 404, 'invite_unknown')
    await expectError(await post('/api/v1/join', { protocol: 1, code, name: 'other' }, null), 404, 'invite_unknown')
  })

  test('the code is good for one credential, and the same request again is answered as before', async () => {
    const token = `trb_i_${randomBytes(32).toString('base64url')}`
    const body = { protocol: 1, code, name: 'probe', token }
    const joined = await json(await post('/api/v1/join', body, null))
    expect(joined).toMatchObject({ name: 'probe', role: 'institution', federation: known.federation, protocol: 1, token })
    known.token = token
    known.participant = joined.participant as string
    expect(await json(await post('/api/v1/join', body, null))).toEqual(joined)
    const another = { ...body, token: `trb_i_${randomBytes(32).toString('base64url')}` }
    await expectError(await post('/api/v1/join', another, null), 410, 'invite_used')
    await expectError(await post('/api/v1/join', { ...body, token: 'weak' }, null), 400, 'bad_request')
    await expectError(await post('/api/v1/join', { protocol: 1, code, name: 'probe' }, null), 410, 'invite_used')
    expect(await read('/api/v1/me', known.token)).toMatchObject({ participant: known.participant, role: 'institution' })
    await expectError(await post('/api/v1/federations', { name: 'mine' }, known.token), 403, 'forbidden')
  })
})

describe('the socket', () => {
  test.each(['/participants', '/watch'])('%s refuses another version and an unknown token', async (namespace) => {
    expect(await refusal(namespace, { protocol: 999, token: known.token })).toEqual(
      errorShape('protocol_version_unsupported', false),
    )
    expect(await refusal(namespace, {})).toEqual(errorShape('protocol_version_unsupported', false))
    expect(await refusal(namespace, { protocol: 1 })).toEqual(errorShape('unauthenticated', false))
    expect(await refusal(namespace, { protocol: 1, token: 'forged' })).toEqual(errorShape('unauthenticated', false))
  })

  test('only participants train', async () => {
    expect(await refusal('/participants', { protocol: 1, token: adminToken })).toEqual(errorShape('forbidden', false))
  })

  test('a participant is welcomed and may say ready', async () => {
    participantSocket = open('/participants', { protocol: 1, token: known.token })
    expect(await heard(participantSocket, 'welcome')).toMatchObject({
      federation: known.federation,
      participant: known.participant,
      name: 'probe',
    })
    participantSocket.on('stillThere', (acknowledge: (answer: Json) => void) => acknowledge({ ok: true }))
    const second = { protocol: 1, token: known.token }
    expect(await refusal('/participants', second)).toEqual(errorShape('participant_connected', false))
    const bad: unknown = await participantSocket.emitWithAck('ready', { samples: 0 })
    expect(bad).toEqual({ ok: false, error: errorShape('bad_request', false) })
    const good: unknown = await participantSocket.emitWithAck('ready', { samples: 4, backend: 'none', clientVersion: '0' })
    expect(good).toEqual({ ok: true })
  })
})

describe('a round', () => {
  test('the task names the model by its hash', async () => {
    const task = heard(participantSocket, 'task')
    const config = {
      model: { name: 'softmax', inputShape: [4], outputs: 2 },
      rounds: 1,
      selection: { fraction: 1, minimum: 1, overSelection: 0 },
    }
    const run = await json(await post(`/api/v1/federations/${known.federation}/runs`, { config }, adminToken))
    known.run = run.id as string
    known.task = await task
    expect(known.task).toMatchObject({ run: known.run, round: 1, rounds: 1, form: 'parameters', modelSha256: run.modelSha256 })
    expect(Date.parse(known.task.deadlineAt as string)).toBeGreaterThan(Date.now())
  })

  test('a participant that comes back and says ready is told its task again', async () => {
    participantSocket.close()
    participantSocket = open('/participants', { protocol: 1, token: known.token })
    const task = heard(participantSocket, 'task')
    await participantSocket.emitWithAck('ready', { samples: 4, backend: 'none', clientVersion: '0' })
    expect(await task).toEqual(known.task)
  })

  test('the model comes whole and by Range, under its own hash', async () => {
    const path = `/api/v1/models/${known.task.modelSha256}`
    const response = await get(path, known.token)
    expect(response.headers.get('etag')).toBe(`"${known.task.modelSha256}"`)
    known.model = new Uint8Array(await response.arrayBuffer())
    expect(known.model.byteLength).toBe(known.task.modelBytes)
    expect(sha256(known.model)).toBe(known.task.modelSha256)

    const rest = await get(path, known.token, { range: 'bytes=100-' })
    expect(rest.status).toBe(206)
    expect(rest.headers.get('content-range')).toBe(`bytes 100-${known.model.byteLength - 1}/${known.model.byteLength}`)
    expect(new Uint8Array(await rest.arrayBuffer())).toEqual(known.model.slice(100))
    const piece = await get(path, known.token, { range: 'bytes=3-16' })
    expect(new Uint8Array(await piece.arrayBuffer())).toEqual(known.model.slice(3, 17))
    expect((await get(path, known.token, { range: `bytes=${known.model.byteLength}-` })).status).toBe(416)
    expect((await get(path, known.token, { range: 'bytes=5-4' })).status).toBe(200)
    await expectError(await get(`/api/v1/models/${'0'.repeat(64)}`, known.token), 404, 'not_found')
  })

  test('its bytes are the container of the document', () => {
    const { header, values } = parse(known.model)
    expect(Object.keys(header)).toEqual(['kind', 'tensors'])
    expect(header.kind).toBe('model')
    expect(header.tensors.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(
      expect.arrayContaining([
        { shape: [4, 2], dtype: 'float32' },
        { shape: [2], dtype: 'float32' },
      ]),
    )
    expect(values).toHaveLength(10)
    expect(values.every(Number.isFinite)).toBe(true)
    expect(build(header, values)).toEqual(known.model)
  })

  test('an upload that was cut goes on where it stopped, and is counted once', async () => {
    const { header } = parse(known.model)
    const meta = {
      run: known.run,
      round: 1,
      participant: known.participant,
      form: 'parameters',
      samples: 4,
      report: { loss: null, accuracy: null, seconds: 0, backend: 'none' },
    }
    known.weights = Float32Array.from({ length: 10 }, (_, i) => (i - 4) / 7)
    known.update = build({ kind: 'update', tensors: header.tensors, meta }, known.weights)
    const hash = sha256(known.update)
    const { byteLength } = known.update
    const address = (offset: number) =>
      `${url}/api/v1/runs/${known.run}/rounds/1/update?sha256=${hash}&bytes=${byteLength}&offset=${offset}`
    const put = (from: number, to: number) =>
      fetch(address(from), {
        method: 'PUT',
        headers: { ...bearer(known.token), 'content-type': 'application/octet-stream' },
        body: known.update.slice(from, to),
      })
    const stored = async () => {
      const { status, headers } = await fetch(address(0), { method: 'HEAD', headers: bearer(known.token) })
      expect(status).toBe(200)
      return Number(headers.get('upload-offset'))
    }

    expect(await stored()).toBe(0)
    await expectError(await put(0, 150), 422, 'update_truncated', true)
    expect(await stored()).toBe(150)
    const mismatch = await expectError(await put(100, byteLength), 409, 'upload_offset_mismatch', true)
    expect(mismatch.details).toEqual({ expected: 150, actual: 100 })

    const closed = heard(participantSocket, 'roundClosed')
    const ended = heard(participantSocket, 'runEnded')
    const receipt = { status: 'accepted', run: known.run, round: 1, sha256: hash }
    expect(await json(await put(150, byteLength))).toEqual({ ...receipt, repeated: false })
    expect(await closed).toMatchObject({ run: known.run, round: 1, counted: true })
    expect(await ended).toMatchObject({ run: known.run, phase: 'completed', error: null })
    expect(await json(await put(0, byteLength))).toEqual({ ...receipt, repeated: true })
    expect(await stored()).toBe(byteLength)
  })

  test("of one participant, the round's model is its update", async () => {
    const { modelSha256, phase } = await read(`/api/v1/runs/${known.run}`)
    expect(phase).toBe('completed')
    const bytes = new Uint8Array(await (await get(`/api/v1/models/${modelSha256}`, known.token)).arrayBuffer())
    expect(sha256(bytes)).toBe(modelSha256)
    const { header, values } = parse(bytes)
    expect(header).toEqual(parse(known.model).header)
    expect(values).toEqual(known.weights)
  })
})

describe('the event log', () => {
  interface Logged {
    run: string
    stream: string
    seq: number
    at: string
    event: { type: string; data: Json }
  }
  const page = async (query: string) =>
    (await read(`/api/v1/runs/${known.run}/events${query}`)) as { stream: string; headSeq: number; events: Logged[] }

  test('is gapless from 1, in order, and tells the whole run', async () => {
    const { stream, headSeq, events } = await page('')
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: headSeq }, (_, i) => i + 1))
    expect(new Set(events.map((event) => event.stream))).toEqual(new Set([stream]))
    const types = events.map(({ event }) => event.type)
    const told = ['action', 'round.opened', 'update.rejected', 'update.accepted', 'round.closed']
    expect(types.filter((type) => told.includes(type)).filter((type, i, all) => type !== all[i - 1])).toEqual(told)
    expect(types.filter((type) => type === 'update.accepted')).toHaveLength(1)
    const states = events.flatMap(({ event }) => (event.type === 'run.state' ? [event.data.to] : []))
    expect(states.at(-1)).toBe('completed')
  })

  test('is read in pages', async () => {
    const { headSeq } = await page('')
    expect((await page('?after=2&limit=2')).events.map(({ seq }) => seq)).toEqual([3, 4])
    expect((await page('?after=1&before=4')).events.map(({ seq }) => seq)).toEqual([2, 3])
    expect((await page(`?after=${headSeq}`)).events).toEqual([])
  })

  test('reaches a watcher from wherever it stopped, the same events', async () => {
    const { stream, headSeq, events } = await page('')
    const watcher = open('/watch', { protocol: 1, token: adminToken })
    for (const [from, missed] of [
      [{ stream: null, lastSeq: 0 }, events],
      [{ stream, lastSeq: 3 }, events.slice(3)],
    ] as const) {
      const frame = heard(watcher, 'events')
      const answer: unknown = await watcher.emitWithAck('subscribe', { run: known.run, ...from })
      expect(answer).toEqual({ ok: true, subscribed: { run: known.run, stream, headSeq, snapshot: false } })
      expect(await frame).toEqual({ run: known.run, events: missed })
    }
    const restored: unknown = await watcher.emitWithAck('subscribe', { run: known.run, stream: 'another', lastSeq: 3 })
    expect(restored).toMatchObject({ ok: true, subscribed: { snapshot: true, headSeq } })
    const unknown: unknown = await watcher.emitWithAck('subscribe', { run: 'run_0000000000000000', stream: null, lastSeq: 0 })
    expect(unknown).toEqual({ ok: false, error: errorShape('not_found', false) })
  })
})

test('a participant that leaves is not let in again', async () => {
  expect(await participantSocket.emitWithAck('leave', { reason: 'the suite is done' })).toEqual({ ok: true })
  expect(await refusal('/participants', { protocol: 1, token: known.token })).toEqual(errorShape('participant_left', false))
})
