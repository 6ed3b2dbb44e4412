import type { FederationId, ParticipantId } from '@tributary/protocol'
import type { Store } from '../storage/store.ts'
import type { VerticalEngine } from '../vertical/vertical-engine.ts'
import type { RunEngine } from './run-engine.ts'

export interface DeparturesDeps {
  readonly store: Pick<Store, 'updateParticipant'>
  readonly engine: Pick<RunEngine, 'participantLeft'>
  readonly vertical: Pick<VerticalEngine, 'participantLeft'>
  readonly now: () => number
}

/** Participants that leave their federation for good, told by their program or by a person of theirs. */
export class Departures {
  /** Cuts the connections of a participant; there are none until there are sockets. */
  cut: (participant: ParticipantId) => void = () => {}
  readonly #deps: DeparturesDeps

  constructor(deps: DeparturesDeps) {
    this.#deps = deps
  }

  /** From here on nothing of it is let in; rounds go on without it, vertical runs that it is a party of end. */
  async leave(federation: FederationId, participant: ParticipantId, reason: string): Promise<void> {
    const { store, engine, vertical, now } = this.#deps
    const at = new Date(now())
    await store.updateParticipant(participant, { leftAt: at, lastSeenAt: at })
    await engine.participantLeft(federation, participant, reason)
    await vertical.participantLeft(federation, participant, reason)
  }
}
