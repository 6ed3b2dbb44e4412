import type { LoggedEvent, RunPhase } from '@tributary/protocol'

const phases = ['selecting', 'training', 'aggregating', 'evaluating'] as const
type TimedPhase = (typeof phases)[number]

/** Seconds that a run spent in each phase, by the coordinator's own clock, from its events in order. A phase never entered is 0. */
export class PhaseTimes {
  readonly #seconds: Record<TimedPhase, number> = { selecting: 0, training: 0, aggregating: 0, evaluating: 0 }
  #current: { readonly phase: RunPhase; readonly since: number } | null = null

  add({ at, event }: LoggedEvent): void {
    if (event.type !== 'run.state') return
    const now = Date.parse(at)
    const left = this.#current
    const timed = phases.find((phase) => phase === left?.phase)
    if (left !== null && timed !== undefined) this.#seconds[timed] += Math.max(0, now - left.since) / 1000
    this.#current = { phase: event.data.to, since: now }
  }

  get seconds(): Readonly<Record<TimedPhase, number>> {
    return { ...this.#seconds }
  }
}
