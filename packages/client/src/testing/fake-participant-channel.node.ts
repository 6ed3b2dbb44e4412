import { handshakeSchema, PARTICIPANT_NAMESPACE, type Ready, TributaryError } from '@tributary/protocol'
import { type FakeMembership, FEDERATION, handshakeRefusal, memberOf } from './fake-membership.ts'
import type { ServerSocket, SocketServer } from './socket-server.node.ts'

/** What participants said, and how they are answered. */
export interface FakeParticipantChannel extends FakeMembership {
  readonly ready: Ready[]
  readonly progress: unknown[]
  readonly failures: { run: string; round: number; reason: string }[]
  readonly farewells: string[]
  readonly handshakes: unknown[]
  /** Refuses handshakes. */
  admitSocket: () => TributaryError | Error | null
  /** What follows ready, on each connection. */
  onReady: (socket: ServerSocket) => void
  acknowledgesReady: boolean
  /** Refuses farewells. */
  admitLeave: () => TributaryError | null
  /** Else the connection breaks when the farewell has been taken. */
  acknowledgesLeave: boolean
  welcomes: boolean
  /** The newest connection. */
  socket: ServerSocket | null
}

export function serveParticipants(io: SocketServer, channel: FakeParticipantChannel): void {
  const namespace = io.of(PARTICIPANT_NAMESPACE)
  namespace.use((socket, next) => {
    channel.handshakes.push(socket.handshake.auth)
    const refusal = channel.admitSocket() ?? handshakeRefusal(channel, socket.handshake.auth)
    if (refusal === null) next()
    else next(refusal instanceof TributaryError ? Object.assign(new Error(refusal.code), { data: refusal.toBody() }) : refusal)
  })
  namespace.on('connection', (socket) => {
    channel.socket = socket
    const member = memberOf(channel, handshakeSchema.parse(socket.handshake.auth).token)
    if (member === undefined) return
    const { participant, name } = member
    if (channel.welcomes)
      socket.emit('welcome', { federation: FEDERATION, participant, name, serverTime: new Date().toISOString() })
    socket.on('ready', (message, acknowledge) => {
      channel.ready.push(message as Ready)
      if (!channel.acknowledgesReady) return
      acknowledge?.({ ok: true })
      channel.onReady(socket)
    })
    socket.on('progress', (message) => channel.progress.push(message))
    socket.on('trainingFailed', (message, acknowledge) => {
      channel.failures.push(message as { run: string; round: number; reason: string })
      acknowledge?.({ ok: true })
    })
    socket.on('leave', (message, acknowledge) => {
      const refusal = channel.admitLeave()
      if (refusal !== null) return acknowledge?.({ ok: false, error: refusal.toBody() })
      channel.farewells.push((message as { reason: string }).reason)
      member.left = true
      if (channel.acknowledgesLeave) acknowledge?.({ ok: true })
      else socket.disconnect(true)
    })
  })
}
