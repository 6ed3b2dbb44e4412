import type { Member } from '@tributary/federation'
import type { FederationId, ParticipantId } from '@tributary/protocol'
import type { Presence } from './run-engine.ts'

/** Who is connected, and who of them said that it is ready to train. */
export class ParticipantPresence implements Presence {
  readonly #online = new Map<FederationId, Map<ParticipantId, { member: Member; ready: boolean }>>()

  connected(federation: FederationId, member: Member): void {
    const participants = this.#online.get(federation) ?? new Map()
    participants.set(member.id, { member, ready: false })
    this.#online.set(federation, participants)
  }

  ready(federation: FederationId, participant: ParticipantId): void {
    const entry = this.#online.get(federation)?.get(participant)
    if (entry !== undefined) entry.ready = true
  }

  disconnected(federation: FederationId, participant: ParticipantId): void {
    this.#online.get(federation)?.delete(participant)
  }

  online(federation: FederationId): ReadonlySet<ParticipantId> {
    return new Set(this.#online.get(federation)?.keys() ?? [])
  }

  /** Names of those who are connected, sorted. */
  names(federation: FederationId): string[] {
    return [...(this.#online.get(federation)?.values() ?? [])].map(({ member }) => member.name).sort()
  }

  eligible(federation: FederationId): Member[] {
    return [...(this.#online.get(federation)?.values() ?? [])].filter(({ ready }) => ready).map(({ member }) => member)
  }
}
