import type { VerticalMachineEvent, VerticalSurroundings } from '../effects.ts'
import { answerPrediction, askPrediction, type Predictor, takePredictionShare, takeSum } from '../prediction/predict.ts'
import { scoreOf } from '../prediction/scores.ts'
import type { Mail, Result } from '../run/mail.ts'
import { tableOf } from './own-part.ts'
import type { Done } from './state.ts'
import type { PartyTransition } from './steps.ts'

function predictor({ outcome }: Done, around: VerticalSurroundings): Predictor {
  const table = tableOf(around)
  const { intercept, labelDeviation } = outcome
  return {
    score: (row) => scoreOf(table, outcome.weights, row),
    label: intercept === null || labelDeviation === null ? null : { mean: intercept, deviation: labelDeviation },
  }
}

export const ask = (state: Done, event: Extract<VerticalMachineEvent, { type: 'predict' }>, around: VerticalSurroundings) =>
  askPrediction(state, event, around)
export const answer = (state: Done, mail: Mail<'predict'>, around: VerticalSurroundings): PartyTransition =>
  answerPrediction(state, mail, around, predictor(state, around))
export const takeShare = (state: Done, mail: Mail<'predict-share'>, around: VerticalSurroundings): PartyTransition =>
  takePredictionShare(state, mail, around)
export const sum = (state: Done, result: Result<'predict-sum'>, around: VerticalSurroundings): PartyTransition =>
  takeSum(state, result, around, predictor(state, around))
