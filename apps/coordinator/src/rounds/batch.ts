import { type MachineEvent, type Surroundings, type Transition, transition } from '@tributary/federation'
import type { RunCommit, RunRecord } from '../storage/store.ts'
import { commitOf } from './run-commit.ts'

/** Steps that are written together. */
export interface Batch {
  /** One for each event that was taken, in their order; later events stay for the next batch. */
  readonly steps: readonly Transition[]
  /** null when nothing is to be written. */
  readonly commit: RunCommit | null
}

/**
 * The steps of events that wait, as far as one commit can hold them: a step that closes a round or ends the run is the last
 * of its batch. Pure: it reads only its arguments.
 */
export function batchOf(record: RunRecord, events: readonly MachineEvent[], around: Surroundings): Batch {
  const at = new Date(around.now)
  const steps: Transition[] = []
  const commits: RunCommit[] = []
  let { state } = record
  for (const event of events) {
    const step = transition(state, event, around)
    steps.push(step)
    if (step.refusal !== null || (step.state === state && step.log.length === 0)) continue
    const commit = commitOf({ ...record, state }, event, step, at)
    commits.push(commit)
    state = step.state
    if (commit.round !== undefined || commit.endedAt !== undefined) break
  }
  return { steps, commit: joined(commits) }
}

/** One commit that writes what these would write one after another. */
function joined(commits: readonly RunCommit[]): RunCommit | null {
  const [first] = commits
  if (first === undefined || commits.length === 1) return first ?? null
  const lists = {
    updates: commits.flatMap(({ updates = [] }) => updates),
    metrics: commits.flatMap(({ metrics = [] }) => metrics),
    participants: commits.flatMap(({ participants = [] }) => participants),
  }
  const sum = (of: (commit: RunCommit) => number | undefined): number => commits.reduce((total, one) => total + (of(one) ?? 0), 0)
  return {
    // Of what stands in a commit once, the last one counts: the newest state, the only round, model, start and end.
    ...(Object.assign({}, ...commits) as RunCommit),
    expectedVersion: first.expectedVersion,
    events: commits.flatMap(({ events }) => events),
    ...lists,
    bytesUp: sum(({ bytesUp }) => bytesUp),
    bytesDown: sum(({ bytesDown }) => bytesDown),
  }
}
