import type { Member } from '@tributary/federation'
import {
  type CoordinatorToParticipant,
  type FederationId,
  leaveSchema,
  type ParticipantId,
  type ParticipantToCoordinator,
  progressSchema,
  readySchema,
  TributaryError,
  trainingFailedSchema,
} from '@tributary/protocol'
import type { Namespace } from 'socket.io'
import type { Caller } from '../access/caller.ts'
import type { CoordinatorLimits } from '../access/limits.ts'
import type { IsTrustedProxy } from '../access/trusted-proxies.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { Departures } from '../rounds/departures.ts'
import type { CoordinatorRunEngine } from '../rounds/engine.ts'
import type { ParticipantGateway } from '../rounds/participant-gateway.ts'
import { roundTask } from '../rounds/round-task.ts'
import type { Store } from '../storage/store.ts'
import { acknowledged } from './acknowledged.ts'
import { accountOf, requireHandshake } from './authentication.ts'
import { OneConnection, type ParticipantSocket } from './one-connection.ts'
import { perMinute } from './per-minute.ts'
import type { ProgressBoard } from './progress-board.ts'

export type ParticipantNamespace = Namespace<ParticipantToCoordinator, CoordinatorToParticipant>

export interface ParticipantSocketDeps {
  store: Store
  engine: CoordinatorRunEngine
  departures: Departures
  accounts: Accounts
  isTrustedProxy: IsTrustedProxy | null
  progress: ProgressBoard
  limits: Pick<CoordinatorLimits, 'socketCallsPerMinute'>
  now: () => number
  onError: (error: unknown) => void
}

export const participantRoom = (participant: ParticipantId): string => `participant:${participant}`
/** Time for a leaver to close its connection by itself: cut at once, it would take its acknowledgement for a broken line. */
const CLOSES_ITSELF_MS = 500

const federationRoom = (federation: FederationId): string => `federation:${federation}`

/** Speaks to participants through their rooms: whoever is away hears nothing and asks again when back. */
export function participantGateway(namespace: ParticipantNamespace): ParticipantGateway {
  return {
    task: (participant, task) => namespace.to(participantRoom(participant)).emit('task', task),
    taskWithdrawn: (participant, message) => namespace.to(participantRoom(participant)).emit('taskWithdrawn', message),
    roundClosed: (federation, message, counted) => {
      const rooms = [...counted].map(participantRoom)
      namespace.to(federationRoom(federation)).except(rooms).emit('roundClosed', message)
      if (rooms.length > 0) namespace.to(rooms).emit('roundClosed', { ...message, counted: true })
    },
    runEnded: (federation, message) => namespace.to(federationRoom(federation)).emit('runEnded', message),
  }
}

/** Lets institutions in and hands what they say to the engine. */
export function serveParticipants(namespace: ParticipantNamespace, deps: ParticipantSocketDeps): void {
  const connections = new OneConnection()
  /** Over all its connections: who comes back ever again would else begin anew. As many as there are participants. */
  const readies = new Map<ParticipantId, () => void>()
  const admitReady = (participant: ParticipantId): (() => void) => {
    const admit = readies.get(participant) ?? perMinute(deps.limits.socketCallsPerMinute, deps.now)
    readies.set(participant, admit)
    return admit
  }
  requireHandshake(namespace, deps, async (account, socket) => {
    if (account.role !== 'institution' || account.participant === null)
      throw new TributaryError('forbidden', { role: account.role, action: 'train' })
    const participant = await deps.store.participant(account.participant)
    if (participant === null || participant.leftAt !== null) throw new TributaryError('participant_left')
    await connections.claim(account.participant, socket)
  })
  namespace.on('connection', (socket) => connected(namespace, socket, deps, admitReady))
}

function connected(
  namespace: ParticipantNamespace,
  socket: ParticipantSocket,
  deps: ParticipantSocketDeps,
  admitReady: (participant: ParticipantId) => () => void,
): void {
  const { engine, store, now, onError } = deps
  const account = accountOf(socket)
  const { id, federation, member } = identityOf(account)
  // The in-memory adapter joins at once; the promise is for adapters over a network.
  void socket.join([participantRoom(id), federationRoom(federation)])
  engine.presence.connected(federation, member)
  socket.emit('welcome', { federation, participant: id, name: member.name, serverTime: new Date(now()).toISOString() })
  const seen = (change: Parameters<Store['updateParticipant']>[1] = {}) =>
    store.updateParticipant(id, { lastSeenAt: new Date(now()), ...change })

  socket.on(
    'ready',
    acknowledged(
      readySchema,
      async ({ samples, backend, clientVersion }) => {
        // It may have left by another connection while this one was made; its name may be another's by now.
        if ((await store.participant(id))?.leftAt !== null) throw new TributaryError('participant_left')
        await seen({ samples, backend, clientVersion })
        engine.presence.ready(federation, id)
        await engine.available(federation)
        // `available` may have opened a round and told the task already; the client takes a task it knows as told once.
        for (const { state } of engine.live(federation)) {
          const task = roundTask(state, id)
          if (task !== null) socket.emit('task', task)
        }
      },
      onError,
      admitReady(id),
    ),
  )
  let hasLeft = false
  socket.on('progress', (message) => {
    // Its name may be another's by now.
    if (hasLeft) return
    const parsed = progressSchema.safeParse(message)
    if (parsed.success) deps.progress.report(federation, member.name, parsed.data)
  })
  socket.on(
    'trainingFailed',
    acknowledged(
      trainingFailedSchema,
      async ({ run, round, reason }) => {
        if ((await store.run(run))?.federation !== federation) throw new TributaryError('not_found', { what: 'run', id: run })
        const step = await engine.dispatch(run, { type: 'trainingFailed', round, participant: id, reason })
        if (step.refusal !== null) throw step.refusal
      },
      onError,
    ),
  )
  socket.on(
    'leave',
    acknowledged(
      leaveSchema,
      async ({ reason }) => {
        await deps.departures.leave(federation, id, reason)
        hasLeft = true
        setTimeout(() => deps.departures.cut(id), CLOSES_ITSELF_MS).unref()
      },
      onError,
    ),
  )
  socket.on('disconnect', () => {
    // A newer connection of the same participant may have taken over.
    if ((namespace.adapter.rooms.get(participantRoom(id))?.size ?? 0) === 0) engine.presence.disconnected(federation, id)
    seen().catch(onError)
  })
}

function identityOf(account: Caller): { id: ParticipantId; federation: FederationId; member: Member } {
  const { participant, federation, name } = account
  if (participant === null || federation === null) throw new Error('an institution without participant or federation')
  return { id: participant, federation, member: { id: participant, name } }
}
