import type { PhaseTable } from '../../phase-table.ts'
import type { VerticalSurroundings } from '../effects.ts'
import { askPrediction, takeFailedSum, takeLostShare, takePredictionShare, takeSum } from '../prediction/predict.ts'
import { courseCells } from '../run/course-cells.ts'
import type { Mail } from '../run/mail.ts'
import { openRun, takeAligned, takeReady } from './admitting.ts'
import { allowance, waitingFor } from './deadlines.ts'
import { takeShare } from './deciding.ts'
import type { KeyServiceEvents } from './events.ts'
import { reissue, sendKey } from './keying.ts'
import { failedOpening, noOpening, sendNumbers, takeRequest } from './opening.ts'
import type { KeyServiceState } from './state.ts'
import { end, fail, type KeyServiceTransition, refuse } from './steps.ts'

export type KeyServiceTable = PhaseTable<KeyServiceState, KeyServiceEvents, VerticalSurroundings, KeyServiceTransition>

const { same, late, brokenJob, notYet, going, over } = courseCells<KeyServiceState>({
  allowance,
  waitingFor,
  fail,
  endedElsewhere: (state, error, around) => end(state, error, around, [], false),
})

const closedForOpenings = (state: KeyServiceState, mail: Mail<'open'>): KeyServiceTransition =>
  refuse(state, noOpening(state, mail))

const working = {
  begin: same,
  aligned: late,
  ready: late,
  open: closedForOpenings,
  share: late,
  predictionShare: late,
  misdirected: late,
  keyed: same,
  opened: same,
  summed: same,
  strayResult: same,
  jobFailed: same,
  lost: same,
  predict: notYet,
  ...going,
} as const

const ended = { ...working, ...over } as const

export const keyServiceTable: KeyServiceTable = {
  idle: { ...working, begin: openRun },
  admitting: { ...working, aligned: takeAligned, ready: takeReady },
  keying: { ...working, keyed: sendKey, share: takeShare, jobFailed: brokenJob },
  opening: { ...working, open: takeRequest, opened: sendNumbers, share: takeShare, jobFailed: failedOpening, lost: reissue },
  sharing: { ...working, open: takeRequest, share: takeShare },
  scaling: { ...working, share: takeShare },
  done: {
    ...ended,
    predict: (state, event, around) => askPrediction(state, event, around),
    predictionShare: (state, mail, around) => takePredictionShare(state, mail, around),
    summed: (state, result, around) => takeSum(state, result, around, null),
    jobFailed: takeFailedSum,
    lost: takeLostShare,
  },
  aborted: ended,
}
