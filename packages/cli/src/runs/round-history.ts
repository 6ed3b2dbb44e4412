import type { LoggedEvent } from '@tributary/protocol'

/** A round that closed. */
export interface RoundSummary {
  readonly round: number
  readonly metrics: Readonly<Record<string, number>>
  readonly seconds: number
  readonly bytesUp: number
  readonly bytesDown: number
  /** Another institution's account is told without samples and weight. */
  readonly counted: readonly { readonly name: string; readonly samples: number | null; readonly weight: number | null }[]
  readonly missing: readonly { readonly name: string; readonly reason: string }[]
}

interface OpenSums {
  metrics: Record<string, number>
  bytesUp: number
  bytesDown: number
}

/** Gathers what the events of one run say of each round, from the first event on, in order. */
export class RoundHistory {
  readonly closed: RoundSummary[] = []
  readonly backends = new Set<string>()
  readonly #open = new Map<number, OpenSums>()

  /** @returns the round that this event closes */
  add({ event }: LoggedEvent): RoundSummary | null {
    switch (event.type) {
      case 'participant.downloaded':
        this.#sums(event.data.round).bytesDown += event.data.bytes
        return null
      case 'update.accepted':
        this.#sums(event.data.round).bytesUp += event.data.bytes
        this.backends.add(event.data.backend)
        return null
      case 'metric':
        if (event.data.scope === 'global') this.#sums(event.data.round).metrics[event.data.name] = event.data.value
        return null
      case 'round.closed': {
        const { round, seconds, counted, missing } = event.data
        const summary = { round, seconds, counted, missing, ...this.#sums(round) }
        this.#open.delete(round)
        this.closed.push(summary)
        return summary
      }
      default:
        return null
    }
  }

  #sums(round: number): OpenSums {
    const known = this.#open.get(round)
    if (known !== undefined) return known
    const fresh = { metrics: {}, bytesUp: 0, bytesDown: 0 }
    this.#open.set(round, fresh)
    return fresh
  }
}
