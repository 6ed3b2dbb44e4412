import type { RoundTask } from '@tributary/protocol'

interface RoundRef {
  readonly run: string
  readonly round: number
}

export type Fate =
  /** Downloading, training or sending. */
  | 'working'
  /** The coordinator said that the update counts; its receipt is still on the way. */
  | 'counted'
  /** Told to stop, not yet stopped. */
  | 'stopping'

/** Which round is worked on, which wait, which are done. One round at a time, however many runs ask. */
export interface Assignment {
  readonly current: { readonly task: RoundTask; readonly fate: Fate } | null
  /** At most one for each run, in the order of asking. */
  readonly waiting: readonly RoundTask[]
  /** Last accepted round of each run, with the connection on which it was. */
  readonly accepted: readonly (RoundRef & { readonly connection: number })[]
  /** Number of the connection, counted up with each reconnect. */
  readonly connection: number
}

export type AssignmentEvent =
  | { readonly type: 'connected' }
  | { readonly type: 'task'; readonly task: RoundTask }
  | ({ readonly type: 'withdrawn' } & RoundRef)
  | ({ readonly type: 'closed'; readonly counted: boolean } & RoundRef)
  | { readonly type: 'ended'; readonly run: string }
  /** The current work has come to its end, whichever; nothing of it runs any more. */
  | { readonly type: 'finished'; readonly accepted: boolean }
  /** No more work: leaving or closing. */
  | { readonly type: 'stop' }

export type AssignmentEffect =
  | { readonly type: 'start'; readonly task: RoundTask }
  /** End the current work. */
  | { readonly type: 'abort' }
  /** Cut the current work's pause short: the coordinator waits for it. */
  | { readonly type: 'hurry' }

export interface Step {
  readonly state: Assignment
  readonly effects: readonly AssignmentEffect[]
}

export const noAssignment: Assignment = { current: null, waiting: [], accepted: [], connection: 0 }

/** Runs are remembered up to this number, the newest. */
const REMEMBERED_RUNS = 100

/** The next state and what is to be done; every event may come twice or late. */
export function assign(state: Assignment, event: AssignmentEvent): Step {
  switch (event.type) {
    case 'connected':
      return { state: { ...state, connection: state.connection + 1 }, effects: hurry(state) }
    case 'task':
      return offered(state, event.task)
    case 'withdrawn':
      return dropped(state, (task) => isOf(task, event))
    case 'closed':
      if (!event.counted) return dropped(state, (task) => isOf(task, event))
      return counted(state, event)
    case 'ended':
      return dropped(
        { ...state, accepted: state.accepted.filter(({ run }) => run !== event.run) },
        (task) => task.run === event.run,
      )
    case 'finished':
      return finished(state, event.accepted)
    case 'stop':
      return dropped(state, () => true)
  }
}

export const isSameTask = (a: RoundTask, b: RoundTask): boolean =>
  isOf(a, b) && a.modelSha256 === b.modelSha256 && a.seed === b.seed

const isOf = (task: RoundRef, { run, round }: RoundRef): boolean => task.run === run && task.round === round

const hurry = ({ current }: Assignment): AssignmentEffect[] =>
  current?.fate === 'stopping' || !current ? [] : [{ type: 'hurry' }]

function offered(state: Assignment, task: RoundTask): Step {
  const { current, waiting, accepted, connection } = state
  // Asked again on a later connection, the coordinator has lost what it accepted (a store put back from a backup).
  if (accepted.some((done) => isOf(done, task) && done.connection === connection)) return { state, effects: [] }
  if (current !== null && current.fate !== 'stopping' && isSameTask(current.task, task)) return { state, effects: hurry(state) }
  const replaced = waiting.findIndex(({ run }) => run === task.run)
  const queue = replaced < 0 ? [...waiting, task] : waiting.with(replaced, task)
  if (current === null) return startNext({ ...state, waiting: queue })
  const stale = current.task.run === task.run && current.fate === 'working'
  if (!stale) return { state: { ...state, waiting: queue }, effects: [] }
  return { state: { ...state, current: { ...current, fate: 'stopping' }, waiting: queue }, effects: [{ type: 'abort' }] }
}

function dropped(state: Assignment, unwanted: (task: RoundTask) => boolean): Step {
  const waiting = state.waiting.filter((task) => !unwanted(task))
  const { current } = state
  if (current === null || current.fate !== 'working' || !unwanted(current.task))
    return { state: { ...state, waiting }, effects: [] }
  return { state: { ...state, waiting, current: { ...current, fate: 'stopping' } }, effects: [{ type: 'abort' }] }
}

function counted(state: Assignment, ref: RoundRef): Step {
  const { current } = state
  if (current === null || current.fate !== 'working' || !isOf(current.task, ref)) return { state, effects: [] }
  return { state: { ...state, current: { ...current, fate: 'counted' } }, effects: [{ type: 'hurry' }] }
}

function finished(state: Assignment, isAccepted: boolean): Step {
  const { current, connection } = state
  if (current === null) return { state, effects: [] }
  const { run, round } = current.task
  const others = state.accepted.filter((done) => done.run !== run)
  const accepted = isAccepted ? [...others, { run, round, connection }].slice(-REMEMBERED_RUNS) : state.accepted
  return startNext({ ...state, accepted, current: null })
}

function startNext(state: Assignment): Step {
  const [task, ...waiting] = state.waiting
  if (task === undefined) return { state, effects: [] }
  return { state: { ...state, waiting, current: { task, fate: 'working' } }, effects: [{ type: 'start', task }] }
}
