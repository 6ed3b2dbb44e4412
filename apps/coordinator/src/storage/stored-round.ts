import type { OpenRound } from '@tributary/federation'

/** A round's lasting account. The round that is open now lives in the run's state instead. */
export interface StoredRound {
  phase: 'closed' | 'abandoned'
  closedAt: number
  /** The model that the round made; null when it was abandoned. */
  modelSha256: string | null
  metrics: Record<string, number>
  /** Share of each participant that counted, by name; they sum to 1. */
  weights: Record<string, number>
  open: OpenRound
}
