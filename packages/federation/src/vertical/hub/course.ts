import { plainWords, TributaryError, type VerticalEvent } from '@tributary/protocol'
import type { HubEvent, HubStep } from './events.ts'
import { abortWith, move, refuse, stay } from './outcome.ts'
import type { HubRunState } from './state.ts'

type Of<Type extends HubEvent['type']> = Extract<HubEvent, { type: Type }>

/** The key service's next event for everybody. A known number is a repetition: the shell compares its content. */
export function publish(state: HubRunState, { seq, by, event }: Of<'published'>): HubStep {
  if (seq <= state.published) return stay(state)
  if (seq > state.published + 1)
    return refuse(state, 'message_out_of_order', { seq, from: by, to: 'everybody', expected: state.published + 1 })
  const told: VerticalEvent = { type: 'vertical.published', data: event }
  const after = { ...state, published: seq }
  switch (event.type) {
    case 'aligned':
      return move(state, { ...after, rows: event.rows }, [told])
    case 'step.opened':
      return move(state, { ...after, step: event.step }, [told])
    case 'step.closed':
      return move(state, { ...after, step: event.step, f: event.f ?? state.f, head: event.head }, [told])
    case 'opening': {
      const { party, numbers, quotaLeft } = event
      const before = state.openings[party]?.numbers ?? 0
      return move(state, { ...after, openings: { ...state.openings, [party]: { numbers: before + numbers, quotaLeft } } }, [told])
    }
    case 'key.reissued':
      return move(state, after, [told])
    case 'ended':
      return move(state, { ...after, phase: 'completed', f: event.f, head: event.head }, [told])
  }
}

/** Once a run has ended only a repetition is answered. */
export function publishAfterEnd(state: HubRunState, { seq }: Of<'published'>): HubStep {
  return seq <= state.published ? stay(state) : refuse(state, 'vertical_not_running', { phase: state.phase })
}

/** Any party, at any time. Its own code is kept in the details. */
export function abort(state: HubRunState, { by, code, reason }: Of<'aborted'>): HubStep {
  const told = plainWords(reason)
  const failure = new TributaryError('slr_aborted', { name: by, reason: told, code: plainWords(code) }).toBody()
  return abortWith(state, failure, [{ type: 'vertical.action', data: { action: 'abort', by, reason: told } }])
}

const logged = ({ type, by, reason }: Of<'pause' | 'resume' | 'cancel'>): VerticalEvent => ({
  type: 'vertical.action',
  data: { action: type, by, reason },
})

export const pause = (state: HubRunState, event: Of<'pause'>): HubStep =>
  move(state, { ...state, phase: 'paused' }, [logged(event)])

export const resume = (state: HubRunState, event: Of<'resume'>): HubStep =>
  move(state, { ...state, phase: 'running' }, [logged(event)])

export const cancel = (state: HubRunState, event: Of<'cancel'>): HubStep =>
  abortWith(state, new TributaryError('run_cancelled', { reason: event.reason }).toBody(), [logged(event)])

export const refuseAction = (state: HubRunState, action: string): HubStep =>
  refuse(state, 'action_not_allowed', { action, state: state.phase })
