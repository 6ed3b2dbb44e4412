import type { CoordinatorApi } from '@tributary/client'
import type { RunningCoordinator } from '@tributary/coordinator'
import { createSha256, type RunId, routes } from '@tributary/protocol'
import type { Socket } from 'socket.io-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Hub, openHub } from './harness/open-hub.ts'
import { connectReady, joinRaw, putUpdate, type RawInstitution } from './harness/raw-institution.ts'
import { eventually, softmaxRun } from './harness/small-federation.ts'

let hub: Hub
let coordinator: RunningCoordinator
let admin: CoordinatorApi
let asked: RawInstitution
let notAsked: RawInstitution
let stranger: RawInstitution
let socket: Socket
let open: RunId
let notStarted: RunId
const sockets: Socket[] = []

beforeAll(async () => {
  hub = await openHub()
  coordinator = hub.coordinator
  const { url } = coordinator
  admin = hub.admin
  const [ours, theirs] = [(await admin.createFederation('ours')).id, (await admin.createFederation('theirs')).id]
  asked = await joinRaw(admin, url, ours, 'asked')
  notAsked = await joinRaw(admin, url, ours, 'not-asked')
  stranger = await joinRaw(admin, url, theirs, 'stranger')
  sockets.push(await connectReady(url, asked))
  open = (await admin.createRun(ours, { config: softmaxRun(3, 1) })).id
  await eventually('the round', async () => (await admin.run(open)).phase === 'training')
  notStarted = (await admin.createRun(ours, { config: softmaxRun(3, 1), start: false })).id
  socket = await connectReady(url, stranger)
  sockets.push(socket)
})
afterAll(async () => {
  for (const one of sockets) one.close()
  await hub.close()
})

const body = new Uint8Array(64)
const upload = { body, sha256: createSha256().update(body).hex(), bytes: body.byteLength }
const headSeqs = async () => [(await admin.run(open)).headSeq, (await admin.run(notStarted)).headSeq]

test.each<[string, () => [RunId, number, RawInstitution], number, string]>([
  ['of one that was not asked', () => [open, 1, notAsked], 403, 'not_selected'],
  ['for a round that has not opened', () => [open, 2, asked], 409, 'round_not_open'],
  ['for a run that has not started', () => [notStarted, 1, asked], 409, 'round_not_open'],
  ['of a stranger, for whom the run is not there', () => [open, 1, stranger], 404, 'not_found'],
])('an update %s is answered, and written nowhere', async (_, place, status, code) => {
  const before = await headSeqs()
  const [run, round, { token }] = place()
  for (let time = 0; time < 3; time += 1)
    expect(await putUpdate(coordinator.url, run, round, token, upload)).toMatchObject({ status, body: { code } })
  expect(await headSeqs()).toEqual(before)
})

test('a stranger learns nothing of a run by asking for an offset or by reporting a failure', async () => {
  const query = new URLSearchParams({ sha256: upload.sha256, bytes: String(upload.bytes), offset: '0' })
  const headers = { authorization: `Bearer ${stranger.token}` }
  const head = await fetch(`${coordinator.url}${routes.update(open, 1)}?${query}`, { method: 'HEAD', headers })
  expect(head.status).toBe(404)
  const answer: unknown = await socket.emitWithAck('trainingFailed', { run: open, round: 1, reason: 'curious' })
  expect(answer).toMatchObject({ ok: false, error: { code: 'not_found' } })
})
