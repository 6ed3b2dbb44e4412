import { openTask, type RunState, trainingSeed } from '@tributary/federation'
import type { ParticipantId, RoundTask } from '@tributary/protocol'

/** The task that is open for a participant, as it is told. */
export function roundTask(state: RunState, participant: ParticipantId): RoundTask | null {
  const member = openTask(state, participant)
  if (member === null || state.phase !== 'training') return null
  const { run, config, open, modelBytes } = state
  return {
    run,
    round: open.number,
    rounds: config.rounds,
    model: config.model,
    modelSha256: open.modelSha256,
    modelBytes,
    form: config.strategy.form,
    training: config.training,
    seed: trainingSeed(config.seed, open.number, member.name),
    deadlineAt: new Date(open.deadlineAt).toISOString(),
  }
}
