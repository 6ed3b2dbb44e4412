import type { VerticalPhase } from '@tributary/protocol'
import { approve, consent, putManifest, refuseRun, repeatApproval, repeatConsent, repeatManifest } from './agreement.ts'
import { abort, cancel, pause, publish, publishAfterEnd, refuseAction, resume } from './course.ts'
import type { HubEvent, HubEventType, HubStep } from './events.ts'
import { notRunning, stay } from './outcome.ts'
import { takeMessage } from './relaying.ts'
import type { HubRunState } from './state.ts'

type Handler<Type extends HubEventType> = (state: HubRunState, event: Extract<HubEvent, { type: Type }>) => HubStep

/** Every phase by every event; a cell that is forgotten does not compile. */
type Table = { readonly [Phase in VerticalPhase]: { readonly [Type in HubEventType]: Handler<Type> } }

const no = (state: HubRunState, event: HubEvent): HubStep => refuseAction(state, event.type)
const same = (state: HubRunState): HubStep => stay(state)
const late = (state: HubRunState): HubStep => notRunning(state)

const going = {
  manifestPut: repeatManifest,
  approved: repeatApproval,
  consented: repeatConsent,
  refused: late,
  message: takeMessage,
  published: publish,
  aborted: abort,
  cancel,
} as const

const ended = {
  manifestPut: repeatManifest,
  approved: repeatApproval,
  consented: repeatConsent,
  message: takeMessage,
  published: publishAfterEnd,
  aborted: same,
  pause: no,
  resume: no,
  cancel: no,
} as const

export const hubTable: Table = {
  proposed: {
    manifestPut: putManifest,
    approved: late,
    consented: consent,
    refused: refuseRun,
    message: takeMessage,
    published: late,
    aborted: abort,
    pause: no,
    resume: no,
    cancel,
  },
  approving: {
    manifestPut: repeatManifest,
    approved: approve,
    consented: consent,
    refused: refuseRun,
    message: takeMessage,
    published: late,
    aborted: abort,
    pause: no,
    resume: no,
    cancel,
  },
  running: { ...going, pause, resume: no },
  paused: { ...going, pause: no, resume },
  completed: { ...ended, refused: late },
  // Whoever refuses or aborts a run that has failed already wants what is.
  aborted: { ...ended, refused: same },
}

/** One step of a vertical run at the hub. Pure: the same state and event give the same step. */
export function hubTransition(state: HubRunState, event: HubEvent): HubStep {
  const handle = hubTable[state.phase][event.type] as (state: HubRunState, event: HubEvent) => HubStep
  return handle(state, event)
}
