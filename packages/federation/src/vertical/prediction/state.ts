import type { TributaryError } from '@tributary/protocol'
import type { VerticalEffect } from '../effects.ts'
import type { MessageRef } from '../jobs.ts'

/** A request that this party took: under its name the same rows give the same bytes, other rows nothing. */
export interface KnownRequest {
  readonly request: string
  readonly rowsSha256: string
}

/** Receiver: a prediction on its way. */
export interface AskedPrediction {
  readonly request: string
  readonly rows: readonly number[]
  /** Messages with the other parties' shares, by party. */
  readonly shares: Readonly<Record<string, MessageRef>>
  /** How the sum becomes a prediction; null until the label party has told. */
  readonly label: LabelScale | null
}

/** prediction = mean + deviation·sum. */
export interface LabelScale {
  readonly mean: number
  readonly deviation: number
}

export interface Predictions {
  readonly known: readonly KnownRequest[]
  readonly asked: readonly AskedPrediction[]
  /** Rows of all requests so far. */
  readonly rowsAsked: number
}

export const noPredictions: Predictions = { known: [], asked: [], rowsAsked: 0 }

/** A state that can predict. */
export interface CanPredict {
  readonly rows: number
  readonly predictions: Predictions
}

export interface PredictionStep<State extends CanPredict> {
  readonly state: State
  readonly effects: readonly VerticalEffect[]
  readonly refusal?: TributaryError
}
