import {
  type FederationId,
  PARTICIPANT_NAMESPACE,
  type ProgressFrame,
  type Run,
  routes,
  WATCH_NAMESPACE,
} from '@tributary/protocol'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { someRunRequest } from '../testing/http-world.ts'
import { type SocketWorld, socketWorld } from './testing/socket-world.ts'

let world: SocketWorld
beforeAll(async () => {
  world = await socketWorld()
})
afterAll(async () => {
  world.disconnectAll()
  await world.close()
})

it('presence is told of each federation to who watches runs of several, also where it does not change any more', async () => {
  const federations = [world.federation]
  for (const name of ['theirs', 'others'])
    federations.push((await world.post<{ id: FederationId }>(routes.federations, { name })).id)
  const watcher = await world.connect(WATCH_NAMESPACE, world.hub.adminToken)
  const told = new Set<string>()
  watcher.on('presence', ({ federation }: { federation: string }) => told.add(federation))
  for (const federation of federations) {
    const run = await world.post<Run>(routes.federationRuns(federation), someRunRequest)
    expect(await watcher.emitWithAck('subscribe', { run: run.id, stream: null, lastSeq: 0 })).toMatchObject({ ok: true })
  }
  await expect.poll(() => [...told].sort(), { timeout: 5_000 }).toEqual(federations.toSorted())
})

it('progress of several runs in the same moment is told to who watches them all', async () => {
  const runs: Run[] = []
  for (let n = 0; n < 3; n += 1) runs.push(await world.post<Run>(routes.federationRuns(world.federation), someRunRequest))
  const watcher = await world.connect(WATCH_NAMESPACE, world.hub.adminToken)
  const told = new Map<string, number>()
  watcher.on('progress', ({ run, participants }: ProgressFrame) => told.set(run, participants[0]?.loss ?? Number.NaN))
  for (const { id: run } of runs)
    expect(await watcher.emitWithAck('subscribe', { run, stream: null, lastSeq: 0 })).toMatchObject({ ok: true })
  const institution = await world.connect(PARTICIPANT_NAMESPACE, await world.member('alder'))
  const report = { round: 1, phase: 'training', fraction: 0.5, samplesPerSecond: 1 }
  for (const [n, { id: run }] of runs.entries()) institution.emit('progress', { run, ...report, loss: n })
  await expect.poll(() => runs.map(({ id }) => told.get(id)), { timeout: 5_000 }).toEqual([0, 1, 2])
})
