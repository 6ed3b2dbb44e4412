import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { modelSpecification } from '@tributary/models/specification'
import {
  encodeUpdate,
  PARTICIPANT_NAMESPACE,
  type ParticipantId,
  PROTOCOL_VERSION,
  type RoundTask,
  type Run,
  type RunConfigInput,
  routes,
} from '@tributary/protocol'
import { io, type Socket } from 'socket.io-client'
import { type CoordinatorParts, startCoordinator } from '../../server.ts'

/** An institution that sends the first model back as its update, once it is told to answer. */
export interface Seat {
  readonly socket: Socket
  /** Answers this task, and any that comes later; tries again while it is not taken. */
  answer(): void
}

export interface SmallRun {
  readonly run: Run
  readonly seats: readonly Seat[]
  now(): Promise<Run>
  close(): Promise<void>
}

const MODEL = { name: 'softmax' as const, inputShape: [4], outputs: 2 }

/** A whole coordinator on the parts of a test, with a run that has begun and asks these many institutions. */
export async function smallRun(parts: CoordinatorParts, seats: number, change: Partial<RunConfigInput> = {}): Promise<SmallRun> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tributary-small-'))
  const hub = await startCoordinator({ host: '127.0.0.1', port: 0, dataDir, logLevel: 'silent' }, parts)
  const call = async <Body>(path: string, body?: unknown): Promise<Body> => {
    const headers = { authorization: `Bearer ${hub.adminToken}`, 'content-type': 'application/json' }
    const answer = await fetch(hub.url + path, {
      headers,
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(await answer.text())
    return (await answer.json()) as Body
  }
  const { id: federation } = await call<{ id: string }>(routes.federations, { name: 'ours' })
  const taken: Seat[] = []
  for (let n = 0; n < seats; n += 1) {
    const name = `hospital-${n}`
    const { code } = await call<{ code: string }>(routes.invites(federation), { name })
    const who = await call<{ token: string; participant: ParticipantId }>(routes.join, { protocol: PROTOCOL_VERSION, code, name })
    taken.push(await takeSeat(hub.url, who))
  }
  // Last: its first round asks all that are there.
  const config = { model: MODEL, rounds: 1, deadlineSeconds: 60, selection: { minimum: seats }, seed: 7, ...change }
  const run = await call<Run>(routes.federationRuns(federation), { name: 'a run', config })
  return {
    run,
    seats: taken,
    now: () => call(routes.run(run.id)),
    close: async () => {
      for (const { socket } of taken) socket.disconnect()
      await hub.close()
      rmSync(dataDir, { recursive: true })
    },
  }
}

async function takeSeat(url: string, { token, participant }: { token: string; participant: ParticipantId }): Promise<Seat> {
  const auth = { protocol: PROTOCOL_VERSION, token }
  const socket = io(url + PARTICIPANT_NAMESPACE, { auth, transports: ['websocket'], forceNew: true, reconnection: false })
  let release = (): void => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const send = async ({ run, round, form, seed }: RoundTask): Promise<void> => {
    await released
    const report = { loss: 1, accuracy: null, seconds: 0, backend: 'none' }
    const tensors = modelSpecification(MODEL).initialise(seed)
    const { bytes, sha256 } = encodeUpdate(tensors, { run, round, participant, form, samples: 10, report })
    const query = new URLSearchParams({ sha256, bytes: String(bytes.byteLength), offset: '0' })
    for (let tries = 0; tries < 100; tries += 1) {
      const headers = { 'content-type': 'application/octet-stream', authorization: `Bearer ${token}` }
      const { status } = await fetch(`${url}${routes.update(run, round)}?${query}`, { method: 'PUT', headers, body: bytes })
      if (status < 500) return
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  socket.on('task', (task: RoundTask) => void send(task).catch(() => {}))
  await socket.emitWithAck('ready', { samples: 10, backend: 'none', clientVersion: 'raw' })
  return { socket, answer: () => release() }
}
