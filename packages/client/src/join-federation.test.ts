import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { credentialSchema, decodeContainer, PROTOCOL_VERSION, progressSchema, TributaryError } from '@tributary/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryIdentityStore } from './identity/memory-identity-store.ts'
import { type JoinOptions, joinFederation, type Participation } from './index.node.ts'
import { FakeCoordinator } from './testing/fake-coordinator.node.ts'
import { joined } from './testing/joined.node.ts'
import {
  DATA,
  EventRecorder,
  FakeTrainer,
  hastyClock,
  MODEL,
  modelOf,
  OTHER_RUN,
  RUN,
  settle,
  taskOf,
  until,
} from './testing/participant-fixture.ts'

let fake: FakeCoordinator
let trainer: FakeTrainer
let seen: EventRecorder
const open: Participation[] = []

beforeEach(async () => {
  fake = await FakeCoordinator.start()
  trainer = new FakeTrainer()
  seen = new EventRecorder()
  for (const seed of [1, 2]) {
    const { sha256, bytes } = modelOf(seed)
    fake.models.set(sha256, bytes)
  }
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((participation) => participation.close()))
  await fake.close()
})

async function participate(options: Partial<JoinOptions> = {}): Promise<Participation> {
  const participation = await joined({ fake, trainer, seen }, options)
  open.push(participation)
  return participation
}

const send = (event: string, message: unknown) => fake.socket?.emit(event, message)
const onlyAccepted = () => {
  expect(fake.accepted.size).toBe(1)
  return decodeContainer([...fake.accepted.values()][0] as Uint8Array)
}

describe('joining', () => {
  it('joins by an invite, and starts again with the saved identity though the invite is given again', async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'tributary-client-'))
    try {
      fake.invites.add('code-1')
      const options = { url: fake.url, data: DATA, trainer: trainer.train, stateDir, invite: 'code-1', name: 'hospital-a' }
      const first = await joinFederation({ ...options, onEvent: seen.record })
      expect(first.participant).toEqual({ id: 'par_00000001', name: 'hospital-a', federation: 'fed_00000001' })
      expect(first.backend).toBe('injected')
      expect(fake.ready).toEqual([{ samples: 5, backend: 'injected', clientVersion: '0.1.0' }])
      expect(seen.events.map(({ type }) => type)).toEqual(['joined', 'connected'])
      await first.close()
      await first.done

      const second = await joinFederation(options)
      expect(second.participant).toEqual(first.participant)
      await second.close()
      const third = await joinFederation({ ...options, invite: undefined, name: undefined })
      expect(third.participant).toEqual(first.participant)
      await third.close()
      expect(fake.calledWith('POST', '/join')).toHaveLength(1)
      const token = fake.members[0]?.token
      expect(credentialSchema.safeParse(token).success).toBe(true)
      expect(fake.handshakes).toEqual(Array(3).fill({ protocol: PROTOCOL_VERSION, token }))
    } finally {
      await rm(stateDir, { recursive: true })
    }
  })

  it('has saved the identity before it connects', async () => {
    fake.invites.add('code-1')
    const store = memoryIdentityStore()
    let savedAtHandshake = 0
    const find = () => store.find(fake.url)
    fake.admitSocket = () => new TributaryError('protocol_version_unsupported', { supported: 9, offered: 1 })
    const joining = participate({ invite: 'code-1', name: 'a', identity: store })
    await expect(joining).rejects.toMatchObject({ code: 'protocol_version_unsupported' })
    savedAtHandshake = (await find()).length
    expect(savedAtHandshake).toBe(1)
    fake.admitSocket = () => null
    expect((await participate({ invite: 'code-1', name: 'a', identity: store })).participant.name).toBe('a')
  })

  it('costs no invite when the answer is lost', async () => {
    fake.invites.add('code-1')
    fake.faults.push({ method: 'POST', path: '/join', swallowAnswer: true })
    const { participant } = await participate({ invite: 'code-1', name: 'a' })
    expect(participant.id).toBe('par_00000001')
    expect(fake.members).toHaveLength(1)
    expect(fake.calledWith('POST', '/join')).toHaveLength(2)
  })

  it('costs no invite when the process ends before the answer comes', async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'tributary-client-'))
    try {
      fake.invites.add('code-1')
      fake.faults.push({ method: 'POST', path: '/join', swallowAnswer: true })
      const controller = new AbortController()
      const options = { invite: 'code-1', name: 'a', identity: undefined, stateDir }
      const onEvent = () => controller.abort(new Error('killed'))
      await expect(participate({ ...options, signal: controller.signal, onEvent })).rejects.toThrow('killed')
      expect(fake.members).toHaveLength(1)
      expect(await readdir(join(stateDir, 'joining'))).toHaveLength(1)
      expect((await participate(options)).participant.id).toBe('par_00000001')
      expect(fake.members).toHaveLength(1)
      expect(await readdir(join(stateDir, 'joining'))).toEqual([])
    } finally {
      await rm(stateDir, { recursive: true })
    }
  })

  it('gives a coordinator that never answers up after the time for the first contact', async () => {
    // A refused connection, but one that takes no turn of the event loop, in which the time could run out.
    const fetch = () => Promise.reject(new TypeError('refused'))
    const startedAt = performance.now()
    const joining = participate({ invite: 'code-1', name: 'a', fetch, firstContactSeconds: 0.3 })
    await expect(joining).rejects.toMatchObject({ code: 'unreachable' })
    expect(performance.now() - startedAt).toBeGreaterThan(250)
    expect(seen.of('connectFailed').length).toBeGreaterThan(1)
  })

  it('says what a coordinator answered last that asked to wait for too long', async () => {
    const fetch = async () =>
      Response.json(new TributaryError('rate_limited').toBody(), { status: 429, headers: { 'retry-after': '60' } })
    const joining = participate({ invite: 'code-1', name: 'a', fetch, firstContactSeconds: 0.2 })
    await expect(joining).rejects.toMatchObject({ code: 'rate_limited' })
  })

  it('tries for ever once it has joined, however short the first contact may be', async () => {
    fake.invites.add('code-1')
    const identity = memoryIdentityStore()
    const options = { invite: 'code-1', name: 'a', identity }
    const first = await participate(options)
    await first.close()
    await fake.goAway()
    const again = participate({ ...options, firstContactSeconds: 0.2 })
    await settle(500)
    fake.comeBack()
    expect((await again).participant).toEqual(first.participant)
  })

  it('waits as long as a refused handshake asks', async () => {
    const refusals = [new TributaryError('rate_limited', { limit: 1, window: '1 minute', retryAfter: 0.2 })]
    fake.admitSocket = () => refusals.shift() ?? null
    await participate()
    expect(seen.of('connectFailed').map(({ error, retryInSeconds }) => [error.code, retryInSeconds])).toEqual([
      ['rate_limited', 0.2],
    ])
  })

  it('takes another invite as another membership and keeps the first identity', async () => {
    const identity = memoryIdentityStore()
    fake.invites.add('code-1').add('code-2')
    await participate({ invite: 'code-1', name: 'a', identity })
    const second = await participate({ invite: 'code-2', name: 'a', identity })
    expect(second.participant.id).toBe('par_00000002')
    expect((await participate({ invite: 'code-1', name: 'a', identity })).participant.id).toBe('par_00000001')
  })

  it('goes on trying while the coordinator is away or asks to wait, then joins', async () => {
    fake.invites.add('code-1')
    fake.faults.push({ method: 'POST', path: '/join', refuse: new TributaryError('rate_limited'), retryAfter: 0.05 })
    fake.faults.push({ method: 'POST', path: '/join', answer: { status: 502, body: '<html>Bad gateway</html>' } })
    await participate({ invite: 'code-1', name: 'a' })
    expect(seen.of('connectFailed').map(({ error, retryInSeconds }) => [error.code, retryInSeconds])).toEqual([
      ['rate_limited', 0.05],
      ['unavailable', 0.005],
    ])
  })

  it.each<[string, Partial<JoinOptions>, string]>([
    ['a used invite', { invite: 'used', name: 'a' }, 'invite_used'],
    ['neither invite nor identity', { token: undefined, name: 'a' }, 'config_invalid'],
    ['an invite without a name', { invite: 'code' }, 'config_invalid'],
    ['an unknown token', { token: 'nobody' }, 'unauthenticated'],
    ['no rows', { token: 'x', data: { ...DATA, count: 0 } }, 'config_invalid'],
    ['what is no address', { token: 'x', url: 'localhost' }, 'config_invalid'],
  ])('refuses %s for good', async (_, options, code) => {
    const base = { url: fake.url, data: DATA, trainer: trainer.train, identity: memoryIdentityStore(), clock: hastyClock() }
    await expect(joinFederation({ ...base, ...options })).rejects.toMatchObject({ code })
  })

  it('does not spend the invite on data that cannot be loaded', async () => {
    fake.invites.add('code-1')
    const data = () => Promise.reject(new TributaryError('data_unreadable', { file: 'rows.csv', reason: 'missing' }))
    await expect(participate({ invite: 'code-1', name: 'a', data })).rejects.toMatchObject({ code: 'data_unreadable' })
    expect(fake.invites.has('code-1')).toBe(true)
  })

  it('ends with a coordinator that speaks another protocol', async () => {
    fake.admitSocket = () => new TributaryError('protocol_version_unsupported', { supported: 9, offered: PROTOCOL_VERSION })
    await expect(participate()).rejects.toMatchObject({ code: 'protocol_version_unsupported' })
    await settle()
    expect(fake.handshakes).toHaveLength(1)
  })

  it('answers that it is still there, so that a second program with its identity is refused', async () => {
    await participate()
    const answer = await new Promise((resolve) => fake.socket?.emit('stillThere', resolve))
    expect(answer).toEqual({ ok: true })
  })

  it('ends, and does not fight for its place, when another program has taken it', async () => {
    const participation = await participate()
    fake.admitSocket = () => new TributaryError('participant_connected')
    fake.socket?.disconnect(true)
    await expect(participation.done).rejects.toMatchObject({ code: 'participant_connected' })
    await settle()
    expect(fake.handshakes).toHaveLength(2)
  })

  it('goes on trying when the refusal may pass or says nothing', async () => {
    const refusals = [new TributaryError('unavailable'), new Error('what?')]
    fake.admitSocket = () => refusals.shift() ?? null
    await participate()
    expect(seen.of('connectFailed').map(({ error }) => error.code)).toEqual(['unavailable', 'unreachable'])
  })

  it('can be given up by its signal', async () => {
    await fake.close()
    const controller = new AbortController()
    const joining = participate({ signal: controller.signal })
    await seen.nth('connectFailed', 2)
    controller.abort(new Error('enough'))
    await expect(joining).rejects.toThrow('enough')
  })
})

describe('a task', () => {
  it('is downloaded, trained, and sent as an update that says whose it is', async () => {
    await participate()
    const task = taskOf()
    send('task', task)
    const uploaded = await seen.nth('uploaded')
    expect(uploaded).toMatchObject({ run: RUN, round: 1, samples: 5, loss: 0.25, accuracy: null, seconds: 0.5, repeated: false })
    const { header, tensors } = onlyAccepted()
    expect(header).toMatchObject({
      kind: 'update',
      meta: {
        run: RUN,
        round: 1,
        participant: 'par_00000001',
        form: 'parameters',
        samples: 5,
        report: { loss: 0.25, accuracy: null, seconds: 0.5, backend: 'injected' },
      },
    })
    const before = decodeContainer(modelOf(1).bytes).tensors
    expect(tensors.map(({ name }) => name)).toEqual(before.map(({ name }) => name))
    for (const [index, { data }] of tensors.entries())
      expect(data).toEqual(before[index]?.data.map((value) => Math.fround(value + 1)))
    expect(trainer.tasks[0]).toMatchObject({ model: MODEL, training: task.training, form: 'parameters', seed: 7, data: DATA })
    expect(fake.calls.every(({ authorization }) => authorization === 'Bearer token-00000001')).toBe(true)
    expect(fake.calledWith('HEAD', '/update')).toHaveLength(0)
    await until(() => fake.progress.length > 0)
    for (const progress of fake.progress) expect(progressSchema.safeParse(progress).success).toBe(true)
  })

  it('told twice is done once, in work and after its receipt', async () => {
    await participate()
    trainer.hold()
    send('task', taskOf())
    send('task', taskOf())
    await until(() => trainer.tasks.length === 1)
    send('task', taskOf())
    trainer.release()
    await seen.nth('uploaded')
    send('task', taskOf())
    await settle()
    expect(trainer.tasks).toHaveLength(1)
    expect(fake.calledWith('PUT', '/update')).toHaveLength(1)
  })

  it('is done again when the coordinator asks on a later connection: it has lost the update', async () => {
    await participate()
    fake.onReady = (socket) => socket.emit('task', taskOf())
    send('task', taskOf())
    await seen.nth('uploaded')
    fake.accepted.clear()
    fake.stored.clear()
    fake.socket?.disconnect(true)
    await seen.nth('uploaded', 2)
    expect(onlyAccepted().header.kind).toBe('update')
  })

  it('does not download the model that it has', async () => {
    await participate()
    send('task', taskOf())
    await seen.nth('uploaded')
    send('task', taskOf({ round: 2 }))
    await seen.nth('uploaded', 2)
    send('task', taskOf({ round: 3, encoded: modelOf(2) }))
    await seen.nth('uploaded', 3)
    expect(fake.calledWith('GET', '/models/')).toHaveLength(2)
    const [first, second] = trainer.tasks
    expect(second?.parameters).toEqual(first?.parameters)
  })

  it('of a newer round aborts the older one', async () => {
    await participate()
    trainer.hold()
    send('task', taskOf())
    await until(() => trainer.tasks.length === 1)
    send('task', taskOf({ round: 2 }))
    await until(() => trainer.tasks.length === 2)
    expect(trainer.aborted).toBe(1)
    trainer.release()
    expect(await seen.nth('uploaded')).toMatchObject({ round: 2 })
    expect(fake.calledWith('PUT', '/rounds/1/')).toHaveLength(0)
  })

  it('of another run waits its turn', async () => {
    await participate()
    trainer.hold()
    send('task', taskOf())
    send('task', taskOf({ run: OTHER_RUN }))
    await settle()
    expect(trainer.tasks).toHaveLength(1)
    trainer.release()
    await seen.nth('uploaded', 2)
    expect(seen.of('uploaded').map(({ run }) => run)).toEqual([RUN, OTHER_RUN])
  })

  it('withdrawn is aborted, and nothing is sent', async () => {
    await participate()
    trainer.hold()
    send('task', taskOf())
    await until(() => trainer.tasks.length === 1)
    const error = new TributaryError('participant_excluded', { reason: 'test' })
    send('taskWithdrawn', { run: RUN, round: 1, error: error.toBody() })
    expect(await seen.nth('withdrawn')).toMatchObject({ round: 1, error: { code: 'participant_excluded' } })
    await until(() => trainer.aborted === 1)
    trainer.release()
    await settle()
    expect(fake.calledWith('PUT', '/update')).toHaveLength(0)
    expect(fake.failures).toEqual([])
  })

  it.each([
    ['a closed round', 'roundClosed', { round: 1, modelSha256: 'a'.repeat(64), counted: false, metrics: { accuracy: 0.5 } }],
    ['an ended run', 'runEnded', { phase: 'cancelled', modelSha256: null, error: new TributaryError('run_cancelled').toBody() }],
  ] as const)('of %s is aborted', async (_, event, message) => {
    await participate()
    trainer.hold()
    send('task', taskOf())
    await until(() => trainer.tasks.length === 1)
    send(event, { run: RUN, ...message })
    expect(await seen.nth(event)).toMatchObject({ type: event, run: RUN })
    await until(() => trainer.aborted === 1)
  })

  it('whose model is not the one it names is sat out', async () => {
    await participate()
    send('task', taskOf({ model: { ...MODEL, outputs: 9 } }))
    expect((await seen.nth('trainingFailed')).error.message).toContain('the model of the task')
    await until(() => fake.failures.length === 1)
    expect(trainer.tasks).toHaveLength(0)
  })

  it('whose training throws is sat out, and the next one is done', async () => {
    await participate()
    trainer.fault = new Error('out of memory')
    send('task', taskOf())
    await until(() => fake.failures.length === 1)
    expect(seen.of('trainingFailed')[0]?.error.message).toBe('Training failed at a: out of memory.')
    expect(fake.failures[0]).toMatchObject({
      run: RUN,
      round: 1,
      reason: "the error stands in that institution's log alone",
    })
    trainer.fault = null
    send('task', taskOf({ round: 2 }))
    expect(await seen.nth('uploaded')).toMatchObject({ round: 2 })
  })

  it('that gives a number that is not finite is told, not sent', async () => {
    await participate()
    trainer.poison = true
    send('task', taskOf())
    expect(await seen.nth('trainingFailed')).toMatchObject({ error: { code: 'update_not_finite' } })
    await until(() => fake.failures.length === 1)
    expect(fake.failures[0]?.reason).toContain('Tensor dense1/kernel holds')
    expect(fake.calledWith('PUT', '/update')).toHaveLength(0)
  })

  it('that failed while the connection was away is told when asked again, not trained again', async () => {
    await participate()
    trainer.hold()
    trainer.fault = new Error('broken rows')
    fake.onReady = (socket) => socket.emit('task', taskOf())
    send('task', taskOf())
    await until(() => trainer.tasks.length === 1)
    await fake.goAway()
    await seen.nth('connectFailed')
    trainer.release()
    await seen.nth('trainingFailed')
    fake.comeBack()
    await until(() => fake.failures.length === 1)
    expect(trainer.tasks).toHaveLength(1)
  })
})

describe('transport', () => {
  it('resumes an upload that was cut, with the very same bytes', async () => {
    await participate()
    fake.faults.push({ method: 'PUT', path: '/update', cutAfter: 10_000 }, { method: 'PUT', path: '/update', cutAfter: 5_000 })
    send('task', taskOf())
    const { bytes } = await seen.nth('uploaded')
    expect(fake.calledWith('PUT', '/update').map(({ offset }) => offset)).toEqual([0, 10_000, 15_000])
    expect(fake.calledWith('HEAD', '/update')).toHaveLength(2)
    expect([...fake.accepted.values()][0]?.byteLength).toBe(bytes)
    expect(onlyAccepted().tensors).toHaveLength(2)
    expect(seen.of('retry')).toHaveLength(2)
    expect(trainer.tasks).toHaveLength(1)
  })

  it('asks for the receipt again when the answer got lost', async () => {
    await participate()
    fake.faults.push({ method: 'PUT', path: '/update', swallowAnswer: true })
    send('task', taskOf())
    const uploaded = await seen.nth('uploaded')
    expect(uploaded.repeated).toBe(true)
    expect(fake.calledWith('PUT', '/update').map(({ offset }) => offset)).toEqual([0, uploaded.bytes])
  })

  it('resumes a download that was cut', async () => {
    await participate()
    fake.faults.push({ method: 'GET', path: '/models/', cutAfter: 9_000 }, { method: 'GET', path: '/models/', cutAfter: 1_000 })
    send('task', taskOf())
    await seen.nth('uploaded')
    expect(fake.calledWith('GET', '/models/').map(({ range }) => range)).toEqual([null, 'bytes=9000-', 'bytes=10000-'])
  })

  it('sits out a round whose model arrives damaged again and again', async () => {
    await participate()
    for (let i = 0; i < 3; i += 1) fake.faults.push({ method: 'GET', path: '/models/', corrupt: true })
    send('task', taskOf())
    expect(await seen.nth('trainingFailed')).toMatchObject({ error: { code: 'storage_corrupt' } })
    expect(fake.calledWith('GET', '/models/').map(({ range }) => range)).toEqual([null, null, null])
    send('task', taskOf({ round: 2 }))
    await seen.nth('uploaded')
  })

  it('waits for the next task after round_not_open, and sends the same bytes when asked again', async () => {
    await participate()
    fake.admit = () => new TributaryError('round_not_open', { round: 1, state: 'aggregating', current: 1 })
    send('task', taskOf())
    expect(await seen.nth('refused')).toMatchObject({ round: 1, error: { code: 'round_not_open' } })
    await settle()
    expect(fake.calledWith('PUT', '/update')).toHaveLength(1)
    fake.admit = () => null
    send('task', taskOf())
    await seen.nth('uploaded')
    expect(trainer.tasks).toHaveLength(1)
    send('task', taskOf({ round: 2 }))
    expect(await seen.nth('uploaded', 2)).toMatchObject({ round: 2 })
  })

  it('waits as long as a 429 asks', async () => {
    const clock = hastyClock()
    await participate({ clock })
    fake.faults.push({ method: 'PUT', path: '/update', refuse: new TributaryError('rate_limited'), retryAfter: 0.2 })
    const start = performance.now()
    send('task', taskOf())
    await seen.nth('uploaded')
    expect(performance.now() - start).toBeGreaterThanOrEqual(195)
    expect(clock.pauses).toContain(200)
  })

  it('ends when the coordinator does not know the participant any more', async () => {
    const { done } = await participate()
    fake.faults.push({ method: 'PUT', path: '/update', refuse: new TributaryError('unauthenticated') })
    send('task', taskOf())
    await expect(done).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})

describe('the connection', () => {
  it('survives a restart in training: the update is trained once and sent', async () => {
    await participate()
    trainer.hold()
    fake.onReady = (socket) => socket.emit('task', taskOf())
    send('task', taskOf())
    await until(() => trainer.tasks.length === 1)
    await fake.goAway()
    fake.comeBack()
    await seen.nth('connected', 2)
    trainer.release()
    await seen.nth('uploaded')
    expect(trainer.tasks).toHaveLength(1)
    expect(trainer.aborted).toBe(0)
  })

  it('survives a restart in the upload: the rest of the encoded update is sent, nothing is trained again', async () => {
    await participate()
    fake.onReady = (socket) => socket.emit('task', taskOf())
    trainer.hold()
    send('task', taskOf())
    await until(() => trainer.tasks.length === 1)
    fake.faults.push({ method: 'PUT', path: '/update', cutAfter: 12_000 })
    const cut = seen.nth('retry').then(() => fake.goAway())
    trainer.release()
    await cut
    await seen.nth('connectFailed')
    expect(fake.accepted.size).toBe(0)
    const puts = fake.calledWith('PUT', '/update').length
    fake.comeBack()
    await seen.nth('uploaded')
    expect(fake.calledWith('PUT', '/update')[puts]?.offset).toBe(12_000)
    expect(onlyAccepted().tensors).toHaveLength(2)
    expect(trainer.tasks).toHaveLength(1)
  })

  it('says ready again until it is acknowledged', async () => {
    fake.acknowledgesReady = false
    const joining = participate()
    await until(() => fake.ready.length === 1)
    fake.acknowledgesReady = true
    fake.socket?.disconnect(true)
    await joining
    expect(fake.ready).toHaveLength(2)
  })

  it('takes malformed messages as an event and goes on', async () => {
    await participate()
    const { rounds, ...torn } = taskOf()
    expect(rounds).toBe(3)
    for (const [event, message] of [
      ['task', torn],
      ['task', null],
      ['taskWithdrawn', 'x'],
      ['roundClosed', { run: RUN }],
      ['runEnded', []],
      ['welcome', { name: 1 }],
    ] as const)
      send(event, message)
    await seen.nth('error', 6)
    expect(seen.of('error').every(({ error }) => error.code === 'unexpected')).toBe(true)
    send('task', taskOf())
    await seen.nth('uploaded')
  })

  it('does not take part without a welcome that it understands', async () => {
    fake.welcomes = false
    const joining = participate()
    await until(() => fake.ready.length === 1)
    send('welcome', { participant: 'somebody' })
    await expect(joining).rejects.toMatchObject({ code: 'unexpected' })
  })

  it('outlives a handler of the owner that throws', async () => {
    const thrown: unknown[] = []
    const before = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.once('uncaughtException', (error) => thrown.push(error))
    try {
      await participate({
        onEvent(event) {
          seen.record(event)
          if (event.type === 'task') throw new Error("the owner's fault")
        },
      })
      send('task', taskOf())
      await seen.nth('uploaded')
      expect(thrown).toMatchObject([{ message: "the owner's fault" }])
    } finally {
      process.removeAllListeners('uncaughtException')
      for (const listener of before) process.on('uncaughtException', listener)
    }
  })
})

describe('the end', () => {
  it('leaves: tells the coordinator, forgets the identity, and is done', async () => {
    fake.invites.add('code-1')
    const identity = memoryIdentityStore()
    const participation = await participate({ invite: 'code-1', name: 'a', identity })
    trainer.hold()
    send('task', taskOf())
    await until(() => trainer.tasks.length === 1)
    await participation.leave('the study is over')
    await participation.done
    expect(fake.farewells).toEqual(['the study is over'])
    expect(trainer.aborted).toBe(1)
    expect(await identity.find(fake.url)).toEqual([])
    expect(seen.of('left')).toHaveLength(1)
    await participation.leave()
    expect(fake.farewells).toHaveLength(1)
  })

  it('has left, though the answer to its farewell got lost', async () => {
    fake.invites.add('code-1')
    const identity = memoryIdentityStore()
    const participation = await participate({ invite: 'code-1', name: 'a', identity })
    fake.acknowledgesLeave = false
    await participation.leave()
    await participation.done
    expect(await identity.find(fake.url)).toEqual([])
    expect(fake.farewells).toHaveLength(1)
    expect(seen.of('error')).toEqual([])
  })

  it('stays in when it cannot tell that it leaves', async () => {
    const participation = await participate()
    await fake.goAway()
    await expect(participation.leave()).rejects.toMatchObject({ code: 'unreachable' })
    fake.comeBack()
    await seen.nth('connected', 2)
    send('task', taskOf())
    await seen.nth('uploaded')
  })

  it('closes by its signal without leaving, in the middle of a round', async () => {
    const controller = new AbortController()
    const { done } = await participate({ signal: controller.signal })
    trainer.hold()
    send('task', taskOf())
    await until(() => trainer.tasks.length === 1)
    controller.abort()
    await done
    expect(trainer.aborted).toBe(1)
    expect(fake.farewells).toEqual([])
  })

  it('rejects when it comes back and is told that it has left; the identity is of no use then', async () => {
    fake.invites.add('code-1')
    const identity = memoryIdentityStore()
    const { done } = await participate({ invite: 'code-1', name: 'a', identity })
    for (const member of fake.members) member.left = true
    fake.socket?.disconnect(true)
    await expect(done).rejects.toMatchObject({ code: 'participant_left' })
    expect(await identity.find(fake.url)).toEqual([])
  })
})
