import { TributaryError } from '@tributary/protocol'
import type { PhaseTable } from '../../phase-table.ts'
import type { VerticalMachineEvent, VerticalSurroundings } from '../effects.ts'
import { takeFailedSum, takeLostShare } from '../prediction/predict.ts'
import { courseCells } from '../run/course-cells.ts'
import { alignOn, takeAligned, takeTable } from './aligning.ts'
import { allowance, waitingFor } from './deadlines.ts'
import type { PartyEvents } from './events.ts'
import { answer, ask, holdEarly, sum, takeShare } from './predicting.ts'
import { sharedBefore, takeDecision, takeEnd, takeNumbers } from './sharing.ts'
import type { PartyState } from './state.ts'
import { neededBlobs, sendOwn, sendRequest, sendResidual, takeCiphertexts, takeKey } from './stepping.ts'
import { end, fail, heldMessages, outOfPlace, type PartyTransition, stay } from './steps.ts'

export type PartyTable = PhaseTable<PartyState, PartyEvents, VerticalSurroundings, PartyTransition>

const { same, late, brokenJob, notYet, going, over } = courseCells<PartyState>({
  allowance,
  waitingFor,
  fail,
  endedElsewhere: (state, error) => end(state, error, [], false),
})

/** The alignment's mail comes too late; its results are nobody's. */
const latePsi = (state: PartyState, event: VerticalMachineEvent): PartyTransition =>
  event.type === 'message' ? outOfPlace(state, { kind: event.content.kind, step: event.step }) : stay(state)

/** What a job of a replaced key misses is missed by nobody. */
const lost = (state: PartyState, { blob }: PartyEvents['lost'], around: VerticalSurroundings): PartyTransition => {
  const needed = [...heldMessages(state), ...neededBlobs(state, around)]
  if (!needed.includes(blob)) return stay(state)
  return fail(state, new TributaryError('slr_aborted', { name: around.me, reason: `what it stored as ${blob} is gone` }), around)
}

/** A run at work: nothing but its end and its deadline concerns every phase. */
const working = {
  begin: same,
  psi: latePsi,
  aligned: late,
  stepKey: late,
  u: late,
  d: late,
  opened: late,
  decide: late,
  finished: late,
  predictionAsked: late,
  predictionShare: late,
  misdirected: late,
  prepared: same,
  encrypted: same,
  combined: same,
  requested: same,
  summed: same,
  strayResult: same,
  jobFailed: same,
  lost: same,
  predict: notYet,
  ...going,
} as const

const stepping = { ...working, stepKey: takeKey, u: takeCiphertexts, d: takeCiphertexts } as const
/** Own work is under way: without it the run cannot go on. */
const atWork = { jobFailed: brokenJob, lost } as const

const ended = { ...working, ...over } as const

export const partyTable: PartyTable = {
  aligning: { ...working, begin: alignOn, psi: alignOn, lost: alignOn, aligned: takeAligned },
  comparing: { ...working, aligned: takeAligned },
  preparing: { ...working, prepared: takeTable, ...atWork },
  awaitingKey: stepping,
  encrypting: { ...stepping, encrypted: sendOwn, ...atWork },
  awaitingResidual: {
    ...stepping,
    decide: sharedBefore(takeDecision),
    finished: sharedBefore(takeEnd),
    predictionAsked: sharedBefore(holdEarly),
  },
  gathering: stepping,
  combining: { ...stepping, combined: sendResidual, ...atWork },
  requesting: { ...stepping, requested: sendRequest, ...atWork },
  awaitingOpened: { ...stepping, opened: takeNumbers },
  deciding: { ...stepping, decide: takeDecision, finished: takeEnd, predictionAsked: holdEarly },
  done: {
    ...ended,
    predict: ask,
    predictionAsked: answer,
    predictionShare: takeShare,
    summed: sum,
    jobFailed: takeFailedSum,
    lost: takeLostShare,
  },
  aborted: ended,
}
