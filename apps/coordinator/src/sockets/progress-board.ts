import type { FederationId, ParticipantProgress, Progress, RunId } from '@tributary/protocol'

/** The newest progress of each participant. Volatile: nothing here is stored or counted. */
export class ProgressBoard {
  readonly #runs = new Map<
    RunId,
    { federation: FederationId; participants: Map<string, ParticipantProgress>; changed: boolean }
  >()

  report(federation: FederationId, name: string, { run, ...rest }: Progress): void {
    const board = this.#runs.get(run) ?? { federation, participants: new Map(), changed: false }
    // The run's id is the sender's claim: a board of another federation is none of its business.
    if (board.federation !== federation) return
    board.participants.set(name, { name, ...rest })
    board.changed = true
    if (!this.#runs.has(run) && this.#runs.size < 1_000) this.#runs.set(run, board)
  }

  /** Boards that changed since the last call. */
  take(): { run: RunId; participants: ParticipantProgress[] }[] {
    const frames: { run: RunId; participants: ParticipantProgress[] }[] = []
    for (const [run, board] of this.#runs) {
      if (!board.changed) continue
      board.changed = false
      frames.push({ run, participants: [...board.participants.values()] })
    }
    return frames
  }

  forget(run: RunId): void {
    this.#runs.delete(run)
  }
}
