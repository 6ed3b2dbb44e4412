import type { FederationId, ParticipantId, RoundClosed, RoundTask, RunEnded, TaskWithdrawn } from '@tributary/protocol'

/** How the engine speaks to participants. Messages to those who are away are dropped: they are told again when they come back. */
export interface ParticipantGateway {
  task(participant: ParticipantId, task: RoundTask): void
  taskWithdrawn(participant: ParticipantId, message: TaskWithdrawn): void
  roundClosed(federation: FederationId, message: RoundClosed, counted: ReadonlySet<ParticipantId>): void
  runEnded(federation: FederationId, message: RunEnded): void
}
