import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Ack,
  CSRF_HEADER,
  type ErrorBody,
  type EventsFrame,
  type Joined,
  type NewToken,
  PARTICIPANT_NAMESPACE,
  PROTOCOL_VERSION,
  type Presence,
  type ProgressFrame,
  type Role,
  type RoundTask,
  type Run,
  routes,
  type Session,
  type UserWithPassword,
  WATCH_NAMESPACE,
} from '@tributary/protocol'
import { io, type Socket } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type RunningCoordinator, startCoordinator } from '../server.ts'

const PASSWORD = 'correct horse battery staple'

describe('a connection that watches', () => {
  let dataDir: string
  let hub: RunningCoordinator
  let fed: string
  const sockets: Socket[] = []
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'tributary-signed-in-'))
    hub = await startCoordinator({
      host: '127.0.0.1',
      port: 0,
      dataDir,
      logLevel: 'silent',
      accounts: { idleSeconds: 1_000, sessionSeconds: 1_000 },
    })
    fed = (await admin<{ id: string }>('POST', routes.federations, { name: 'ours' })).id
  })
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.disconnect()
  })
  afterAll(async () => {
    await hub.close()
    rmSync(dataDir, { recursive: true })
  })

  async function call<Body>(method: string, path: string, headers: Record<string, string>, body?: unknown) {
    const answer = await fetch(hub.url + path, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return {
      status: answer.status,
      cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '',
      body: (await answer.json()) as Body,
    }
  }
  const admin = async <Body>(method: string, path: string, body?: unknown): Promise<Body> => {
    const answer = await call<Body>(method, path, { authorization: `Bearer ${hub.adminToken}` }, body)
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
    return answer.body
  }
  const person = async (name: string, role: Role, participant: string | null = null) => {
    const body = { name, role, federation: fed, participant, password: PASSWORD, mustChangePassword: false }
    const user = await admin<UserWithPassword>('POST', routes.users, body)
    return { account: user.account, ...(await signIn(name)) }
  }
  const signIn = async (name: string) => {
    const { body, cookie } = await call<Session>('POST', routes.session, {}, { name, password: PASSWORD })
    return { cookie, csrf: body.csrf, headers: { cookie, [CSRF_HEADER]: body.csrf } }
  }
  const member = async (name: string): Promise<Joined> => {
    const { code } = await admin<{ code: string }>('POST', routes.invites(fed), { role: 'institution' })
    return (await call<Joined>('POST', routes.join, {}, { protocol: PROTOCOL_VERSION, code, name })).body
  }
  const connect = (namespace: string, auth: object, extraHeaders: Record<string, string> = {}): Socket => {
    const options = {
      auth: { protocol: PROTOCOL_VERSION, ...auth },
      extraHeaders,
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
    }
    const socket = io(hub.url + namespace, options)
    sockets.push(socket)
    return socket
  }
  const outcome = (socket: Socket): Promise<string> =>
    new Promise((resolve) => {
      if (socket.connected) resolve('connected')
      socket.once('connect', () => resolve('connected'))
      socket.once('connect_error', (error: Error & { data?: ErrorBody }) => resolve(error.data?.code ?? error.message))
    })
  /** Sooner than the look every ten seconds at what another coordinator may have ended. */
  const ended = (socket: Socket): Promise<string> =>
    new Promise((resolve, reject) => {
      let code = 'nothing was said'
      setTimeout(() => reject(new Error('the connection lived on')), 5_000)
      socket.once('signedOut', (error: ErrorBody) => {
        code = error.code
      })
      socket.once('disconnect', () => resolve(code))
    })
  const bySession = ({ csrf, cookie }: { csrf: string; cookie: string }, namespace = WATCH_NAMESPACE) =>
    connect(namespace, { token: '', csrf }, { cookie, origin: hub.url })

  it('is let in by the cookie with the token of its session, from a page of this coordinator', async () => {
    const [mine, other] = [await person('ada', 'researcher'), await person('bob', 'researcher')]
    expect(await outcome(bySession(mine))).toBe('connected')
    expect(await outcome(connect(WATCH_NAMESPACE, { token: '', csrf: mine.csrf }, { cookie: mine.cookie }))).toBe('connected')
    expect(await outcome(bySession({ ...mine, csrf: other.csrf }))).toBe('csrf_missing')
    expect(await outcome(connect(WATCH_NAMESPACE, { token: '' }, { cookie: mine.cookie }))).toBe('csrf_missing')
    expect(await outcome(connect(WATCH_NAMESPACE, { token: '', csrf: mine.csrf }))).toBe('unauthenticated')
    const evil = { cookie: mine.cookie, origin: 'https://evil.example' }
    expect(await outcome(connect(WATCH_NAMESPACE, { token: '', csrf: mine.csrf }, evil))).toBe('origin_refused')
    // A person watches and never takes part.
    expect(await outcome(bySession(mine, PARTICIPANT_NAMESPACE))).toBe('forbidden')
  })

  it('is cut at once when its session or account ends, and told why', async () => {
    const mine = await person('cleo', 'researcher')
    const out = bySession(mine)
    expect(await outcome(out)).toBe('connected')
    const told = ended(out)
    await call('DELETE', routes.session, mine.headers)
    expect(await told).toBe('session_expired')

    const again = { ...mine, ...(await signIn('cleo')) }
    const { body: token } = await call<NewToken>('POST', routes.tokens, again.headers, { name: 'watcher' })
    const [byCookie, byToken] = [bySession(again), connect(WATCH_NAMESPACE, { token: token.token })]
    expect(await Promise.all([outcome(byCookie), outcome(byToken)])).toEqual(['connected', 'connected'])
    const both = Promise.all([ended(byCookie), ended(byToken)])
    await admin('PATCH', routes.user(mine.account), { disabled: true })
    expect(await both).toEqual(['session_expired', 'account_disabled'])
    expect(await outcome(connect(WATCH_NAMESPACE, { token: token.token }))).toBe('account_disabled')
  })

  it('is cut when its token is revoked, its password changes or its role', async () => {
    const mine = await person('dan', 'researcher')
    const { body: token } = await call<NewToken>('POST', routes.tokens, mine.headers, { name: 'watcher' })
    const byToken = connect(WATCH_NAMESPACE, { token: token.token })
    expect(await outcome(byToken)).toBe('connected')
    const revoked = ended(byToken)
    await call('DELETE', routes.token(token.id), mine.headers)
    expect(await revoked).toBe('token_expired')

    const byCookie = bySession(mine)
    expect(await outcome(byCookie)).toBe('connected')
    const changed = ended(byCookie)
    const password = { old: PASSWORD, new: 'another long password' }
    expect((await call('POST', routes.sessionPassword, mine.headers, password)).status).toBe(200)
    expect(await changed).toBe('session_expired')

    const fresh = await person('eve', 'researcher')
    const { body: hers } = await call<NewToken>('POST', routes.tokens, fresh.headers, { name: 'watcher' })
    const watching = connect(WATCH_NAMESPACE, { token: hers.token })
    expect(await outcome(watching)).toBe('connected')
    const demoted = ended(watching)
    await admin('PATCH', routes.user(fresh.account), { role: 'institution' })
    expect(await demoted).toBe('session_expired')
  })

  it('tells an institution nothing of another: not in events, progress or presence', async () => {
    const members = [await member('alder'), await member('birch-clinic')]
    const config = {
      model: { name: 'softmax', inputShape: [4], outputs: 2 },
      rounds: 1,
      seed: 7,
      selection: { fraction: 1, minimum: 2 },
    }
    const run = await admin<Run>('POST', routes.federationRuns(fed), { name: 'seen', config, start: true })
    const programs = members.map(({ token }) => connect(PARTICIPANT_NAMESPACE, { token }))
    const alder = await person('alder-person', 'institution', members[0]?.participant ?? null)
    const chief = await person('chief', 'admin')
    const watching = [bySession(alder), bySession(chief), connect(WATCH_NAMESPACE, { token: members[0]?.token })]
    const frames = watching.map((socket) => {
      const seen = { events: [] as EventsFrame['events'], progress: [] as ProgressFrame[], presence: [] as Presence[], text: '' }
      socket.on('events', (frame: EventsFrame) => seen.events.push(...frame.events))
      socket.on('progress', (frame: ProgressFrame) => seen.progress.push(frame))
      socket.on('presence', (frame: Presence) => seen.presence.push(frame))
      socket.onAny((...message: unknown[]) => {
        seen.text += JSON.stringify(message)
      })
      return seen
    })
    for (const socket of watching) {
      expect(await outcome(socket)).toBe('connected')
      await socket.emitWithAck('subscribe', { run: run.id, stream: null, lastSeq: 0 })
    }
    const tasks = programs.map((socket) => new Promise<RoundTask>((resolve) => socket.once('task', resolve)))
    for (const program of programs) {
      if (!program.connected) await outcome(program)
      const ready = (await program.emitWithAck('ready', { samples: 4_242, backend: 'wasm', clientVersion: '0.1.0' })) as Ack
      expect(ready.ok).toBe(true)
    }
    await Promise.all(tasks)
    for (const program of programs)
      program.emit('progress', {
        run: run.id,
        round: 1,
        phase: 'training',
        fraction: 0.5,
        samplesPerSecond: 31_337,
        loss: 0.123456,
      })
    const failing = programs[1]
    expect(
      await failing?.emitWithAck('trainingFailed', { run: run.id, round: 1, reason: 'disk of birch-clinic is full' }),
    ).toEqual({ ok: true })
    await expect
      .poll(
        () =>
          frames.every(
            ({ events, progress, presence }) =>
              events.some(({ event }) => event.type === 'participant.failed') &&
              progress.length > 0 &&
              presence.some(({ online }) => online.length === 2),
          ),
        { timeout: 10_000 },
      )
      .toBe(true)
    const [asPerson, asAdmin, asProgram] = frames
    for (const seen of [asPerson, asProgram]) {
      expect(seen?.text).not.toMatch(/birch|is full/)
      const rows = seen?.progress.flatMap(({ participants }) => participants) ?? []
      for (const { name, loss, samplesPerSecond } of rows)
        expect([loss, samplesPerSecond]).toEqual(name === 'alder' ? [0.123456, 31_337] : [null, null])
      const names = new Set(rows.map(({ name }) => name))
      expect([...names].sort()).toEqual(['alder', expect.stringMatching(/^peer-[0-9a-f]{10}$/)])
    }
    expect(asAdmin?.text).toMatch(/birch-clinic/)
    expect(asAdmin?.text).toMatch(/disk of birch-clinic is full/)
    expect(asPerson?.events.map(({ seq }) => seq)).toEqual(asAdmin?.events.map(({ seq }) => seq))
  })
})
