import { openRoundOf } from '@tributary/federation'
import type { FederationId, ParticipantId } from '@tributary/protocol'
import type { Store } from '../storage/store.ts'
import type { VerticalStore } from '../storage/vertical-store.ts'
import type { VerticalEngine } from '../vertical/vertical-engine.ts'
import type { RunEngine } from './run-engine.ts'

export interface DeparturesDeps {
  readonly store: Pick<Store, 'updateParticipant' | 'participant' | 'liveRuns'> & {
    readonly vertical: Pick<VerticalStore, 'liveRuns'>
  }
  readonly engine: Pick<RunEngine, 'participantLeft' | 'later'>
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

  /**
   * From here on nothing of it is let in; rounds go on without it, vertical runs that it is a party of end. Answered when the departure
   * is durable and each run was told once: it is let in no more to say it again, and a restart tells what was not written by then.
   */
  async leave(federation: FederationId, participant: ParticipantId, reason: string): Promise<void> {
    const { store, now } = this.#deps
    const at = new Date(now())
    await store.updateParticipant(participant, { leftAt: at, lastSeenAt: at })
    await this.#tell(federation, participant, reason)
  }

  /** Tells runs, taken up again, of those that left right before a kill. */
  async recover(): Promise<void> {
    const { store } = this.#deps
    const there = new Map<ParticipantId, FederationId>()
    for (const { federation, state } of await store.liveRuns())
      for (const { id } of openRoundOf(state)?.members ?? []) there.set(id, federation)
    for (const { federation, state } of await store.vertical.liveRuns())
      for (const { participant } of state.parties) there.set(participant, federation)
    for (const [participant, federation] of there) {
      const record = await store.participant(participant)
      if (record !== null && record.leftAt !== null) await this.#tell(federation, participant, 'it left before a restart')
    }
  }

  /** Both at once: what one kind of runs refuses, the other is told all the same. */
  async #tell(federation: FederationId, participant: ParticipantId, reason: string): Promise<void> {
    const { engine, vertical } = this.#deps
    const tellVertical = () => vertical.participantLeft(federation, participant, reason)
    await Promise.all([
      engine.participantLeft(federation, participant, reason),
      tellVertical().catch((error: unknown) => engine.later(error, 'telling vertical runs', tellVertical)),
    ])
  }
}
