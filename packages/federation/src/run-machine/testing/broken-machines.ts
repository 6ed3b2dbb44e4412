import { admission } from '../admission.ts'
import { stay } from '../outcome.ts'
import type { RoundMember, RunState, Training } from '../state.ts'
import { transition } from '../table.ts'
import type { InvariantId, Machine } from './invariants.ts'

const withOpen = (state: Training, change: Partial<Training['open']>): Training => ({
  ...state,
  open: { ...state.open, ...change },
})
const changeMember = (members: readonly RoundMember[], id: string, change: Partial<RoundMember>): RoundMember[] =>
  members.map((member) => (member.id === id ? { ...member, ...change } : member))

let calls = 0

/** Machines with one fault each, all of them seen in real systems; a fuzzer that misses one proves nothing. */
export const brokenMachines: Record<string, { readonly breaks: readonly InvariantId[]; readonly machine: Machine }> = {
  'a leaver lowers the target': {
    breaks: ['I3'],
    machine: (state, event, around) => {
      if (event.type !== 'left' || state.phase !== 'training' || state.open.target === 1) return transition(state, event, around)
      return transition(withOpen(state, { target: state.open.target - 1 }), event, around)
    },
  },
  'a round closes early while others could be asked': {
    breaks: ['I18'],
    machine: (state, event, around) => {
      const after = transition(state, event, { ...around, eligible: [] })
      return state.phase === 'training' && after.state.phase === 'aggregating' ? after : transition(state, event, around)
    },
  },
  'a leaver takes the acknowledged update along': {
    breaks: ['I1'],
    machine: (state, event, around) => {
      const after = transition(state, event, around)
      if (event.type !== 'left' || after.state.phase !== 'training') return after
      const member = after.state.open.members.find(({ id }) => id === event.participant)
      if (member?.status !== 'accepted') return after
      const members = changeMember(after.state.open.members, member.id, { status: 'left', update: null })
      return { ...after, state: withOpen(after.state, { members }) }
    },
  },
  'a repeated update counts twice': {
    breaks: ['I1', 'I5', 'I12'],
    machine: (state, event, around) => {
      const after = transition(state, event, around)
      if (event.type !== 'updateStored' || state.phase !== 'training' || after.state !== state || after.refusal !== null)
        return after
      const again = state.open.members.find(({ id }) => id === event.participant)
      return again === undefined ? after : { ...after, state: withOpen(state, { members: [...state.open.members, again] }) }
    },
  },
  'another update replaces the acknowledged one': {
    breaks: ['I1'],
    machine: (state, event, around) => {
      const after = transition(state, event, around)
      if (event.type !== 'updateStored' || state.phase !== 'training' || after.refusal?.code !== 'update_already_accepted')
        return after
      const members = changeMember(state.open.members, event.participant, { update: event.update })
      return { ...stay(state), state: withOpen(state, { members }) }
    },
  },
  'a late update is accepted': {
    breaks: ['I8'],
    machine: (state, event, around) => {
      if (event.type !== 'updateStored' || state.phase !== 'aggregating') return transition(state, event, around)
      const training: RunState = { ...state, phase: 'training' }
      const answer = admission(training, event.round, event.participant, event.update.sha256)
      if (answer.kind !== 'open') return transition(state, event, around)
      const members = changeMember(state.open.members, event.participant, { status: 'accepted', update: event.update })
      return { ...stay(state), state: { ...state, open: { ...state.open, members } } }
    },
  },
  'the deadline closes a round below its minimum': {
    breaks: ['I8'],
    machine: (state, event, around) => {
      if (event.type !== 'tick' || state.phase !== 'training' || around.now < state.open.deadlineAt)
        return transition(state, event, around)
      const after = transition(withOpen(state, { minimum: 0 }), event, around)
      if (after.state.phase !== 'aggregating') return transition(state, event, around)
      return { ...after, state: { ...after.state, open: { ...after.state.open, minimum: state.open.minimum } } }
    },
  },
  'an excluded update stays in the sum': {
    breaks: ['I14', 'I1'],
    machine: (state, event, around) =>
      event.type === 'exclude' && state.phase === 'training' && !state.excluded.includes(event.participant)
        ? { ...stay(state), state: { ...state, excluded: [...state.excluded, event.participant] } }
        : transition(state, event, around),
  },
  'a failed run is shown as finished': {
    breaks: ['I9'],
    machine: (state, event, around) => {
      const after = transition(state, event, around)
      if (after.state.phase !== 'failed' || state.phase === 'failed') return after
      const { failure: _failure, open: _open, ...rest } = after.state
      return { ...after, state: { ...rest, phase: 'completed' } }
    },
  },
  'a cancelled run starts again': {
    breaks: ['I7', 'I6'],
    machine: (state, event, around) =>
      transition(
        event.type === 'resume' && state.phase === 'cancelled' ? ({ ...state, phase: 'paused' } as RunState) : state,
        event,
        around,
      ),
  },
  'an overdue round forgets its patience': {
    breaks: ['I11'],
    machine: (state, event, around) => {
      const after = transition(state, event, around)
      const overdue = after.state.phase === 'training' && after.state.open.overdue && event.type === 'tick'
      return overdue ? { ...after, effects: after.effects.filter(({ type }) => type !== 'wake') } : after
    },
  },
  'those who are late are not told': {
    breaks: ['I13'],
    machine: (state, event, around) => {
      const after = transition(state, event, around)
      return { ...after, effects: after.effects.filter(({ type }) => type !== 'withdraw') }
    },
  },
  'a round number is skipped': {
    breaks: ['I4'],
    machine: (state, event, around) => {
      const after = transition(state, event, around)
      if (after.state.phase !== 'selecting' || state.phase !== 'evaluating') return after
      return { ...after, state: { ...after.state, round: after.state.round + 1 } }
    },
  },
  'a tick makes a new object': {
    breaks: ['I6', 'I12'],
    machine: (state, event, around) => {
      const after = transition(state, event, around)
      return event.type === 'tick' && after.state === state ? { ...after, state: { ...state } } : after
    },
  },
  'weights are equal where samples should count': {
    breaks: ['I2'],
    machine: (state, event, around) => {
      const after = transition(state, event, around)
      const log = after.log.map((entry) =>
        entry.type === 'round.closed'
          ? {
              ...entry,
              data: { ...entry.data, counted: entry.data.counted.map((c) => ({ ...c, weight: 1 / entry.data.counted.length })) },
            }
          : entry,
      )
      return { ...after, log }
    },
  },
  'newcomers stand at the end': {
    breaks: ['I5'],
    machine: (state, event, around) => {
      const after = transition(state, event, around)
      if (after.state.phase !== 'training' || state.phase !== 'training') return after
      const old = new Set(state.open.members.map(({ id }) => id))
      const { members } = after.state.open
      if (members.length === old.size) return after
      const sorted = [...members.filter(({ id }) => old.has(id)), ...members.filter(({ id }) => !old.has(id))]
      return { ...after, state: withOpen(after.state, { members: sorted }) }
    },
  },
  'the model of an aborted round becomes the run’s': {
    breaks: ['I17'],
    machine: (state, event, around) => {
      const after = transition(state, event, around)
      return state.phase === 'evaluating' && after.state.phase === 'failed'
        ? { ...after, state: { ...after.state, modelSha256: state.aggregatedSha256 } }
        : after
    },
  },
  'the late update of a leaver slips in before folded ones': {
    breaks: ['I10'],
    machine: (state, event, around) => {
      if (event.type !== 'updateStored' || state.phase !== 'training') return transition(state, event, around)
      const member = state.open.members.find(({ id }) => id === event.participant)
      if (member?.status !== 'left' || event.round !== state.round) return transition(state, event, around)
      return transition(
        withOpen(state, { members: changeMember(state.open.members, member.id, { status: 'selected' }) }),
        event,
        around,
      )
    },
  },
  'a repeated failure is counted again': {
    breaks: ['I12'],
    machine: (state, event, around) => {
      const after = transition(state, event, around)
      if (event.type !== 'trainingFailed' || state.phase !== 'training' || after.refusal !== null || after.state !== state)
        return after
      const member = state.open.members.find(({ id }) => id === event.participant)
      if (member?.status !== 'failed') return after
      return {
        ...after,
        state: withOpen(state, { members: changeMember(state.open.members, member.id, { rejects: member.rejects + 1 }) }),
      }
    },
  },
  'a leaver has no reason that can be stored': {
    breaks: ['I15'],
    machine: (state, event, around) => {
      const after = transition(state, event, around)
      if (event.type !== 'left' || after.state === state || after.state.phase !== 'training') return after
      const members = changeMember(after.state.open.members, event.participant, { reason: undefined as unknown as null })
      return { ...after, state: withOpen(after.state, { members }) }
    },
  },
  'a step depends on how often it was asked': {
    breaks: ['I16'],
    machine: (state, event, around) => {
      calls += 1
      return transition(state, event, { ...around, now: around.now + (calls % 2) })
    },
  },
}
