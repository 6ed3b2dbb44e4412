import type { Member } from '@tributary/federation'
import type { FederationId, ParticipantId } from '@tributary/protocol'
import type { Presence } from './run-engine.ts'

const NOBODY: ReadonlyMap<ParticipantId, never> = new Map<ParticipantId, never>()

/** Who is connected, and who of them said that it is ready to train. */
export class ParticipantPresence implements Presence {
  readonly #now: () => number
  readonly #lostAt = new Map<FederationId, Map<ParticipantId, number>>()
  readonly #online = new Map<FederationId, Map<ParticipantId, { member: Member; ready: boolean }>>()

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now
  }

  connected(federation: FederationId, member: Member): void {
    const participants = this.#online.get(federation) ?? new Map()
    participants.set(member.id, { member, ready: false })
    this.#online.set(federation, participants)
    this.#lostAt.get(federation)?.delete(member.id)
  }

  ready(federation: FederationId, participant: ParticipantId): void {
    const entry = this.#online.get(federation)?.get(participant)
    if (entry !== undefined) entry.ready = true
  }

  disconnected(federation: FederationId, participant: ParticipantId): void {
    if (this.#online.get(federation)?.delete(participant) !== true) return
    const lost = this.#lostAt.get(federation) ?? new Map()
    lost.set(participant, this.#now())
    this.#lostAt.set(federation, lost)
  }

  /** When the connection of those that are gone ended; nothing of those that were not seen since the coordinator started. */
  lostAt(federation: FederationId): ReadonlyMap<ParticipantId, number> {
    return this.#lostAt.get(federation) ?? NOBODY
  }

  /** As it is now, not a copy: it is asked for at each event of a run. */
  online(federation: FederationId): Pick<ReadonlySet<ParticipantId>, 'has' | 'size'> {
    return this.#online.get(federation) ?? NOBODY
  }

  /** Names of those who are connected, sorted. */
  names(federation: FederationId): string[] {
    return [...(this.#online.get(federation)?.values() ?? [])].map(({ member }) => member.name).sort()
  }

  eligible(federation: FederationId): Member[] {
    return [...(this.#online.get(federation)?.values() ?? [])].filter(({ ready }) => ready).map(({ member }) => member)
  }
}
