import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  type CoordinatorToParticipant,
  type ParticipantId,
  type ParticipantToCoordinator,
  TributaryError,
} from '@tributary/protocol'
import type { Socket } from 'socket.io'

export type ParticipantSocket = Socket<ParticipantToCoordinator, CoordinatorToParticipant>

/** Longer than a program that trains is deaf between two batches, and much shorter than a broken line takes to be noticed. */
const ANSWER_WITHIN_MS = 5_000

/**
 * One connection for each participant. A newcomer takes the place of a connection whose other end does not answer any more: it is
 * the same program, back over a new line. One that answers is another program with the same identity, and stays; were the newcomer
 * to take its place, both would displace each other for ever.
 */
export class OneConnection {
  readonly #holders = new Map<ParticipantId, ParticipantSocket>()

  /** Call as the last step before a handshake is taken. @throws participant_connected */
  async claim(participant: ParticipantId, newcomer: ParticipantSocket): Promise<void> {
    for (let holder = this.#holders.get(participant); holder !== undefined; holder = this.#holders.get(participant)) {
      if (await answers(holder)) throw new TributaryError('participant_connected')
      this.#release(participant, holder)
      holder.disconnect(true)
    }
    // It went away while the other was asked: then the place stays free for its next try.
    if (newcomer.conn.readyState !== 'open') throw new TributaryError('unavailable')
    this.#holders.set(participant, newcomer)
    newcomer.conn.once('close', () => this.#release(participant, newcomer))
    newcomer.once('disconnect', () => this.#release(participant, newcomer))
  }

  #release(participant: ParticipantId, holder: ParticipantSocket): void {
    if (this.#holders.get(participant) === holder) this.#holders.delete(participant)
  }
}

async function answers(holder: ParticipantSocket): Promise<boolean> {
  // Its handshake was taken in this very turn.
  if (!holder.connected) await nextTurn()
  if (!holder.connected) return false
  return holder
    .timeout(ANSWER_WITHIN_MS)
    .emitWithAck('stillThere')
    .then(
      () => true,
      () => false,
    )
}
