import type { ParticipantId, VerticalNotice } from '@tributary/protocol'

/** Says to a participant that something about a run is new. Volatile: who is away asks again when back. */
export interface VerticalGateway {
  notice(participant: ParticipantId, notice: VerticalNotice): void
}
