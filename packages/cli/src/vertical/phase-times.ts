import type { LoggedVerticalEvent } from '@tributary/protocol'

export const verticalPhases = ['agreeing', 'aligning', 'preparing', 'stepping', 'closing'] as const
export type TimedPhase = (typeof verticalPhases)[number]

/** Seconds that a run spent in each of its parts, by the times of its events. */
export class VerticalPhaseTimes {
  readonly #seconds: Record<TimedPhase, number> = { agreeing: 0, aligning: 0, preparing: 0, stepping: 0, closing: 0 }
  #phase: TimedPhase | null = null
  #since = 0

  get seconds(): Readonly<Record<TimedPhase, number>> {
    return this.#seconds
  }

  add({ at, event }: LoggedVerticalEvent): void {
    const next = nextPhase(event, this.#phase)
    if (next === this.#phase) return
    const now = Date.parse(at)
    if (this.#phase !== null) this.#seconds[this.#phase] += (now - this.#since) / 1000
    this.#phase = next
    this.#since = now
  }
}

function nextPhase(event: LoggedVerticalEvent['event'], phase: TimedPhase | null): TimedPhase | null {
  if (event.type === 'vertical.state') {
    const { from, to } = event.data
    if (to === 'proposed') return 'agreeing'
    if (to === 'running' && from === 'approving') return 'aligning'
    return to === 'completed' || to === 'aborted' ? null : phase
  }
  if (event.type !== 'vertical.published') return phase
  const published = event.data
  if (published.type === 'aligned') return 'preparing'
  if (published.type === 'step.opened') return published.closing ? 'closing' : 'stepping'
  return phase
}
