import { type Effect, hasEnded, type RunState, recoveryEffects } from '@tributary/federation'

/**
 * What is to be done for a state that another wrote, as a second coordinator. More than after a restart: connections have lasted, so
 * nobody asks for its task or for the end of the run.
 */
export function resumedEffects(state: RunState): Effect[] {
  const alarm: Effect = { type: 'wake', at: null }
  if (hasEnded(state)) return [alarm, { type: 'ended', state }]
  const tasks: Effect[] =
    state.phase === 'training' ? [{ type: 'assign', round: state.open.number, members: state.open.members }] : []
  return [alarm, ...tasks, ...recoveryEffects(state)]
}
