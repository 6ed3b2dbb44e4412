import type { RunConfig, RunId } from '@tributary/protocol'
import type { Effect } from './events.ts'
import { patienceEnd } from './round.ts'
import { type Created, hasEnded, type RunState } from './state.ts'

export function createdRun(run: RunId, config: RunConfig, model: { sha256: string; bytes: number }): Created {
  return {
    phase: 'created',
    run,
    config,
    round: 0,
    modelSha256: model.sha256,
    modelBytes: model.bytes,
    pausePending: false,
    excluded: [],
  }
}

/**
 * What the shell must do again after a restart, when it cannot know how far it came. Tasks are not among them: each
 * participant that comes back is given its open task.
 */
export function recoveryEffects(state: RunState): Effect[] {
  switch (state.phase) {
    case 'selecting':
      return [{ type: 'wake', at: state.giveUpAt }]
    case 'training':
      return [
        { type: 'fold', open: state.open },
        { type: 'wake', at: state.open.overdue ? patienceEnd(state) : state.open.deadlineAt },
      ]
    case 'aggregating':
      return [{ type: 'aggregate', open: state.open }]
    case 'evaluating':
      return [{ type: 'evaluate', round: state.open.number, modelSha256: state.aggregatedSha256 }]
    case 'created':
    case 'paused':
    case 'completed':
    case 'failed':
    case 'cancelled':
      return []
  }
}

/**
 * What the shell must do for a state that another wrote, as a second coordinator. More than after a restart: connections have lasted,
 * so nobody asks for its task or for the end of the run.
 */
export function resumedEffects(state: RunState): Effect[] {
  const alarm: Effect = { type: 'wake', at: null }
  if (hasEnded(state)) return [alarm, { type: 'ended', state }]
  const tasks: Effect[] =
    state.phase === 'training' ? [{ type: 'assign', round: state.open.number, members: state.open.members }] : []
  return [alarm, ...tasks, ...recoveryEffects(state)]
}
