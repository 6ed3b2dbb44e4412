import {
  PARTICIPANT_NAMESPACE,
  type Participant,
  type ProgressFrame,
  type Run,
  routes,
  WATCH_NAMESPACE,
} from '@tributary/protocol'
import type { Socket } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type SocketWorld, socketWorld } from './testing/socket-world.ts'

let world: SocketWorld
beforeAll(async () => {
  world = await socketWorld({ socketCallsPerMinute: 5 })
})
afterEach(() => world.disconnectAll())
afterAll(() => world.close())

const ready = (socket: Socket) => socket.emitWithAck('ready', { samples: 4, backend: 'none', clientVersion: 'test' })

it('is acknowledged and then cut, and nothing is taken any more from who has left', { timeout: 60_000 }, async () => {
  const model = { name: 'softmax', inputShape: [4], outputs: 2 }
  const config = { model, rounds: 1, seed: 7, selection: { fraction: 1, minimum: 2 } }
  const run = await world.post<Run>(routes.federationRuns(world.federation), { name: 'seen', config, start: true })
  const [alder, birch] = [
    await world.connect(PARTICIPANT_NAMESPACE, await world.member('alder')),
    await world.connect(PARTICIPANT_NAMESPACE, await world.member('birch')),
  ]
  const watching = await world.connect(WATCH_NAMESPACE, world.hub.adminToken)
  const told: string[] = []
  watching.on('progress', ({ participants }: ProgressFrame) =>
    told.push(...participants.map(({ name, loss }) => `${name} ${loss}`)),
  )
  await watching.emitWithAck('subscribe', { run: run.id, stream: null, lastSeq: 0 })
  const progress = (socket: Socket, loss: number) =>
    socket.emit('progress', { run: run.id, round: 1, phase: 'training', fraction: 0.5, samplesPerSecond: 1, loss })
  for (const socket of [alder, birch]) await ready(socket)

  const cut = new Promise((resolve) => birch.once('disconnect', resolve))
  expect(await birch.emitWithAck('leave', { reason: 'our project ends' })).toEqual({ ok: true })
  progress(birch, 13)
  progress(alder, 1)
  await expect.poll(() => told, { timeout: 10_000 }).toContain('alder 1')
  expect(told).not.toContain('birch 13')
  expect(await cut).toBe('io server disconnect')
  expect(alder.connected).toBe(true)
})

it('ready is taken so many times a minute from one participant, by whatever connections', { timeout: 60_000 }, async () => {
  const token = await world.member('cedar')
  const isOnline = async () => {
    const participants = await world.get<Participant[]>(routes.participants(world.federation))
    return participants.find(({ name }) => name === 'cedar')?.online
  }
  const answers: unknown[] = []
  for (let n = 0; n < 3; n += 1) {
    const socket = await world.connect(PARTICIPANT_NAMESPACE, token)
    for (let said = 0; said < 2; said += 1) answers.push(await ready(socket))
    socket.disconnect()
    // Its place is free once the hub has noticed.
    await expect.poll(isOnline).toBe(false)
  }
  expect(answers.slice(0, 5)).toEqual(Array(5).fill({ ok: true }))
  expect(answers[5]).toMatchObject({ ok: false, error: { code: 'rate_limited', details: { limit: 5, window: '1 minute' } } })
})
