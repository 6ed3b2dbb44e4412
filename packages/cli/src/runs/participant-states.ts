import type { LoggedEvent, ParticipantProgress } from '@tributary/protocol'
import type { ParticipantState } from '../output/progress-view.ts'

/** What each participant of a run does, from durable events and volatile progress together. */
export class ParticipantStates {
  readonly #states = new Map<string, ParticipantState>()
  #round = 0

  get all(): ParticipantState[] {
    return [...this.#states.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  addEvent({ event }: LoggedEvent): void {
    if (event.type === 'round.opened') {
      this.#round = event.data.round
      for (const { name } of event.data.selected) this.#set(name, 0, 'asked')
    } else if (event.type === 'update.accepted') this.#set(event.data.name, 1, 'sent')
    else if (event.type === 'update.rejected') this.#set(event.data.name, 1, `refused: ${event.data.error.code}`)
    else if (event.type === 'participant.failed') this.#set(event.data.name, 0, `failed: ${event.data.error.code}`)
    else if (event.type === 'participant.dropped') this.#set(event.data.name, 0, `gone: ${event.data.reason}`)
  }

  /** Progress of another round than the open one is old news, and an update once sent is not under way any more. */
  addProgress({ name, round, phase, fraction, samplesPerSecond }: ParticipantProgress): void {
    if (round !== this.#round || this.#states.get(name)?.doing === 'sent') return
    const speed = samplesPerSecond === null ? '' : `, ${Math.round(samplesPerSecond).toLocaleString('en')} rows/s`
    if (phase === 'training') this.#set(name, fraction, `training${speed}`)
    else this.#set(name, phase === 'downloading' ? 0 : 1, phase)
  }

  #set(name: string, fraction: number, doing: string): void {
    this.#states.set(name, { name, fraction, doing })
  }
}
