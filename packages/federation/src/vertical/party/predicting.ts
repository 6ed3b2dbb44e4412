import { TributaryError } from '@tributary/protocol'
import type { VerticalEffect, VerticalMachineEvent, VerticalSurroundings } from '../effects.ts'
import {
  answerPrediction,
  askPrediction,
  type Predictor,
  takePredictionShare,
  takeSum,
  withEarlyRequest,
} from '../prediction/predict.ts'
import { scoreOf } from '../prediction/scores.ts'
import type { Mail, Result } from '../run/mail.ts'
import { predictionReceiver } from '../run/roles.ts'
import { tableOf } from './own-part.ts'
import type { Deciding, Done } from './state.ts'
import { EARLY_LIMIT, outOfPlace, type PartyTransition, refuse, stay } from './steps.ts'

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

/** The receiver has its `done` while the own one is still on its way: mail keeps its order within a pair only. */
export function holdEarly(state: Deciding, mail: Mail<'predict'>, around: VerticalSurroundings): PartyTransition {
  if (state.point !== 'closing') return outOfPlace(state, mail)
  const before = state.early ?? []
  const early = withEarlyRequest(before, mail, state.rows, around)
  if (early instanceof TributaryError) return refuse(state, early)
  if (early === before) return stay(state)
  return early.length > EARLY_LIMIT ? outOfPlace(state, mail) : { state: { ...state, early }, effects: [] }
}

/** Answers what was asked before the result came, as what is asked after it. */
export function answerEarly(done: Done, { early = [] }: Pick<Deciding, 'early'>, around: VerticalSurroundings): PartyTransition {
  const from = predictionReceiver(around.manifest)
  const predict = predictor(done, around)
  let state = done
  const effects: VerticalEffect[] = []
  for (const body of early) {
    const answered = answerPrediction(state, { from, body }, around, predict)
    state = answered.state
    effects.push(...answered.effects)
  }
  return { state, effects }
}

export const takeShare = (state: Done, mail: Mail<'predict-share'>, around: VerticalSurroundings): PartyTransition =>
  takePredictionShare(state, mail, around)
export const sum = (state: Done, result: Result<'predict-sum'>, around: VerticalSurroundings): PartyTransition =>
  takeSum(state, result, around, predictor(state, around))
