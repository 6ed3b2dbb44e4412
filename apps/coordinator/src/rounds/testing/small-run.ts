import { modelSpecification } from '@tributary/models/specification'
import {
  encodeUpdate,
  type Joined,
  PARTICIPANT_NAMESPACE,
  type RoundTask,
  type Run,
  type RunConfigInput,
  routes,
} from '@tributary/protocol'
import type { Socket } from 'socket.io-client'
import type { CoordinatorParts } from '../../server.ts'
import { type SocketWorld, socketWorld } from '../../sockets/testing/socket-world.ts'

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
  const world = await socketWorld({}, parts)
  const taken: Seat[] = []
  for (let n = 0; n < seats; n += 1) taken.push(await takeSeat(world, await world.joined(`hospital-${n}`)))
  // Last: its first round asks all that are there.
  const config = { model: MODEL, rounds: 1, deadlineSeconds: 60, selection: { minimum: seats }, seed: 7, ...change }
  const run = await world.post<Run>(routes.federationRuns(world.federation), { name: 'a run', config })
  return {
    run,
    seats: taken,
    now: () => world.get(routes.run(run.id)),
    close: () => world.close(),
  }
}

async function takeSeat(world: SocketWorld, { token, participant }: Joined): Promise<Seat> {
  if (participant === null) throw new Error('it joined as no participant')
  const socket = await world.connect(PARTICIPANT_NAMESPACE, token)
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
      const { status } = await fetch(`${world.hub.url}${routes.update(run, round)}?${query}`, {
        method: 'PUT',
        headers,
        body: bytes,
      })
      if (status < 500) return
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  socket.on('task', (task: RoundTask) => void send(task).catch(() => {}))
  await socket.emitWithAck('ready', { samples: 10, backend: 'none', clientVersion: 'raw' })
  return { socket, answer: () => release() }
}
