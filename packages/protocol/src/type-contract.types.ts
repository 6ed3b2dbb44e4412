/*
 * The type contract of both ends, as Socket.IO checks it. Each refusal says why; type-contract.test.ts compiles this file, and a
 * refusal that the compiler would accept fails there.
 */
import type { Socket } from 'socket.io-client'
import {
  type Ack,
  type CoordinatorToParticipant,
  type CoordinatorToWatcher,
  type ErrorCode,
  type ParticipantId,
  type ParticipantToCoordinator,
  type RunConfigInput,
  type RunEvent,
  type RunId,
  TributaryError,
  type WatcherToCoordinator,
} from './index.ts'

export function participant(socket: Socket<CoordinatorToParticipant, ParticipantToCoordinator>, run: RunId): void {
  const acknowledge = (ack: Ack): void => {
    // @ts-expect-error a refusal has to be told apart before its error is read
    ack.error
    if (!ack.ok) ack.error.code
  }
  socket.emit('ready', { samples: 3, backend: 'wasm', clientVersion: '0.1.0' }, acknowledge)
  // @ts-expect-error ready must be acknowledged
  socket.emit('ready', { samples: 3, backend: 'wasm', clientVersion: '0.1.0' })
  // @ts-expect-error samples are a number
  socket.emit('ready', { samples: '3', backend: 'wasm', clientVersion: '0.1.0' }, acknowledge)
  // @ts-expect-error an acknowledgement is not a boolean
  socket.emit('ready', { samples: 3, backend: 'wasm', clientVersion: '0.1.0' }, (ok: boolean) => ok)

  socket.emit('progress', { run, round: 1, phase: 'training', fraction: 0.5, samplesPerSecond: null, loss: null })
  // @ts-expect-error progress is volatile: nothing acknowledges it
  socket.emit('progress', { run, round: 1, phase: 'training', fraction: 0.5, samplesPerSecond: null, loss: null }, acknowledge)
  // @ts-expect-error waiting is no phase of a participant's work
  socket.emit('progress', { run, round: 1, phase: 'waiting', fraction: 0.5, samplesPerSecond: null, loss: null })
  // @ts-expect-error any string is not a run's id
  socket.emit('trainingFailed', { run: 'run_00000001', round: 1, reason: 'out of memory' }, acknowledge)
  // @ts-expect-error a failure says why
  socket.emit('trainingFailed', { run, round: 1 }, acknowledge)
  // @ts-expect-error an update is sent by HTTP, never by socket
  socket.emit('update', new Uint8Array())
  // @ts-expect-error a participant is given tasks, it sends none
  socket.emit('task', {})
  // @ts-expect-error only watchers subscribe
  socket.emit('subscribe', { run, stream: null, lastSeq: 0 }, acknowledge)

  socket.on('task', ({ seed, training, modelSha256 }) => [seed + 1, training.batchSize ?? 0, modelSha256.length])
  socket.on('task', (task) => {
    // @ts-expect-error a task carries the model's hash, not the model
    task.weights
    // @ts-expect-error B = ∞ is null and must be looked at
    task.training.batchSize.toFixed()
  })
  // @ts-expect-error durable events go to watchers
  socket.on('events', () => {})
  socket.on('runEnded', ({ phase }) => {
    // @ts-expect-error a paused run has not ended
    if (phase === 'paused') return
  })
}

export function watcher(socket: Socket<CoordinatorToWatcher, WatcherToCoordinator>, run: RunId): void {
  socket.emit('subscribe', { run, stream: null, lastSeq: 0 }, (answer) => {
    if (answer.ok) answer.subscribed.headSeq.toFixed()
    // @ts-expect-error a refused subscription has no head
    else answer.subscribed
  })
  // @ts-expect-error a subscription says from where, so that nothing is missed or repeated
  socket.emit('subscribe', { run, stream: null }, () => {})
  // @ts-expect-error watchers do not train
  socket.emit('ready', { samples: 3, backend: 'wasm', clientVersion: '0.1.0' }, () => {})
  socket.on('events', ({ events }) => {
    for (const { event } of events) {
      if (event.type === 'round.closed') event.data.counted[0]?.weight?.toFixed()
      // @ts-expect-error only a closed round has weights
      else event.data.counted
    }
  })
}

export function errors(): TributaryError[] {
  // @ts-expect-error a code is one of the catalogue
  const code: ErrorCode = 'update_lost'
  return [
    new TributaryError('not_selected', { participant: 'par_00000001', round: 1 }),
    // @ts-expect-error a misspelt code does not compile
    new TributaryError('not_selcted'),
    // @ts-expect-error details are plain values, fit for a text
    new TributaryError('not_selected', { round: { number: 1 } }),
    new TributaryError(code),
  ]
}

export function ids(run: RunId, participant: ParticipantId): RunId[] {
  // @ts-expect-error a participant's id is not a run's
  return [run, participant]
}

export const configs: RunConfigInput[] = [
  { model: { name: 'mlp', inputShape: [30], outputs: 2, hidden: [8] }, rounds: 1 },
  // @ts-expect-error a run without a number of rounds would never end
  { model: { name: 'softmax', inputShape: [4], outputs: 2 } },
  // @ts-expect-error there is no such model in the zoo
  { model: { name: 'resnet', inputShape: [4], outputs: 2 }, rounds: 1 },
  // @ts-expect-error a misspelt setting
  { model: { name: 'softmax', inputShape: [4], outputs: 2 }, rounds: 1, training: { learningrate: 1 } },
]

// @ts-expect-error an event of a round names the round
export const event: RunEvent = { type: 'round.overdue', data: { accepted: 1, minimum: 2, patienceUntil: 'later' } }
