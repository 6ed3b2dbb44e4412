import { runEventSchema } from '@tributary/protocol'
import type { MachineEvent, Surroundings, Transition } from '../events.ts'
import { hasEnded, openRoundOf, type RunState } from '../state.ts'
import type { transition } from '../table.ts'

export type Machine = typeof transition

/** What must hold after every step, whatever happened. The texts stand in docs/round-machine.md under the same numbers. */
export const invariants = {
  I1: 'No acknowledged update is lost or counted twice.',
  I2: 'The weights of round.closed are n_k / n (or equal), sum to 1 and name exactly those with updates.',
  I3: 'Target, minimum and starting model never change within a round; its deadline moves only by extend.',
  I4: 'Round numbers grow by one, when a round opens.',
  I5: 'The members of a round are unique and in the order of their names.',
  I6: 'A refusal and a no-op return the same state object, without effects and without log.',
  I7: 'A run that has ended never changes.',
  I8: 'A round is aggregated with at least its minimum of updates, and takes no further ones.',
  I9: 'The log tells every change of phase, in a chain, along the arrows of the diagram.',
  I10: 'The fold plan only grows at its end (but for an exclusion or a newcomer) and holds exactly all updates at the close.',
  I11: 'While a run waits for time, a wake is set for the right moment.',
  I12: 'The same event again at the same moment changes nothing (but for extend and updateRefused, which add up).',
  I13: 'Whoever still works when a round stops is told so, and nobody else.',
  I14: 'Who is excluded is not asked, is not admitted and does not count in the round that trains.',
  I15: 'State and log survive JSON; each log entry fits its schema.',
  I16: 'A step depends on nothing but its arguments and changes none of them.',
  I17: "The run's model changes only when a round closes, to the model that was evaluated.",
  I18: 'Before its deadline a round closes below its target only when nobody works on it and nobody else can be asked.',
} as const
export type InvariantId = keyof typeof invariants

export class InvariantBroken extends Error {
  readonly id: InvariantId
  constructor(id: InvariantId, detail: string) {
    super(`${id} ${invariants[id]} — ${detail}`)
    this.id = id
  }
}

export function must(id: InvariantId, holds: boolean, detail: string): asserts holds {
  if (!holds) throw new InvariantBroken(id, detail)
}

export interface Step {
  readonly before: RunState
  readonly event: MachineEvent
  readonly around: Surroundings
  readonly after: Transition
}

/** The arrows of the diagram in docs/round-machine.md. */
export const ARROWS: Readonly<Record<RunState['phase'], readonly RunState['phase'][]>> = {
  created: ['selecting', 'cancelled'],
  selecting: ['training', 'paused', 'failed', 'cancelled'],
  training: ['aggregating', 'failed', 'cancelled'],
  aggregating: ['evaluating', 'failed', 'cancelled'],
  evaluating: ['selecting', 'paused', 'completed', 'failed', 'cancelled'],
  paused: ['selecting', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
}

const isPending = ({ status }: { status: string }): boolean => status === 'selected' || status === 'downloaded'
/** True for what JSON carries whole: no undefined, no NaN, no object with a class. */
function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isPlain)
  if (typeof value === 'object' && value !== null)
    return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPlain)
  return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
}
const text = (value: unknown): string => JSON.stringify(value)

/** The checks that need nothing but the one step. */
export function checkStep({ before, event, around, after }: Step, machine: Machine): void {
  const { state, effects, log, refusal } = after
  if (refusal !== null) must('I6', state === before, `refused ${event.type} with ${refusal.code} and changed the state`)
  if (state === before) must('I6', effects.length + log.length === 0, `${event.type} did something without a new state`)
  else must('I6', text(state) !== text(before), `${event.type} made a new object of the same state`)
  if (hasEnded(before)) must('I7', state === before, `${before.phase} changed by ${event.type}`)

  checkPhases(before, after)
  checkRound(before, event, state)
  checkAfterTraining(before, state)
  checkEarlyClose(before, state, around)
  checkWithdrawals(before, event, after)
  checkExcluded(before, event, after)

  for (const entry of log) must('I15', runEventSchema.safeParse(entry).success, `not a run event: ${text(entry)}`)
  if (state !== before) must('I15', isPlain({ state, log }), `${event.type} made something that JSON does not carry`)
  must('I16', text(machine(before, event, around)) === text(after), `${event.type} is not repeatable`)
  const again = machine(state, event, around)
  if (event.type !== 'extend' && event.type !== 'updateRefused')
    must('I12', again.state === state, `a second ${event.type} changed the ${state.phase} state`)

  if (state.modelSha256 !== before.modelSha256)
    must(
      'I17',
      before.phase === 'evaluating' && event.type === 'evaluated' && state.modelSha256 === before.aggregatedSha256,
      `${event.type} changed the model in ${before.phase}`,
    )
}

function checkPhases(before: RunState, { state, log }: Transition): void {
  let phase = before.phase
  for (const entry of log) {
    if (entry.type !== 'run.state') continue
    must('I9', entry.data.from === phase, `from ${entry.data.from} while ${phase}`)
    must('I9', ARROWS[phase].includes(entry.data.to), `${phase} → ${entry.data.to}`)
    phase = entry.data.to
  }
  must('I9', phase === state.phase, `the log ends in ${phase}, the state is ${state.phase}`)
}

function checkRound(before: RunState, event: MachineEvent, state: RunState): void {
  const opened = state.phase === 'training' && before.phase !== 'training'
  must('I4', state.round === before.round + (opened ? 1 : 0), `from ${before.round} to ${state.round} by ${event.type}`)
  const open = openRoundOf(state)
  if (open === null) return
  must('I4', open.number === state.round, `round ${open.number} is open in a run at ${state.round}`)
  const names = open.members.map(({ name }) => name)
  must('I5', text(names) === text([...new Set(names)].sort()), names.join(' '))
  const earlier = openRoundOf(before)
  if (earlier === null || earlier.number !== open.number) return
  for (const key of ['target', 'minimum', 'modelSha256', 'openedAt'] as const)
    must('I3', open[key] === earlier[key], `${event.type} changed ${key} from ${earlier[key]} to ${open[key]}`)
  if (event.type !== 'extend') must('I3', open.deadlineAt === earlier.deadlineAt, `${event.type} moved the deadline`)
}

function checkAfterTraining(before: RunState, state: RunState): void {
  if (state.phase !== 'aggregating' && state.phase !== 'evaluating') return
  const updates = state.open.members.filter(({ update }) => update !== null)
  must('I8', updates.length >= state.open.minimum, `${updates.length} updates in ${state.phase}`)
  if (before.phase === 'training') return
  const earlier = openRoundOf(before)?.members
  must('I8', text(earlier) === text(state.open.members), `the members changed in ${state.phase}`)
}

function checkEarlyClose(before: RunState, state: RunState, { now, eligible }: Surroundings): void {
  if (before.phase !== 'training' || state.phase !== 'aggregating' || now >= state.open.deadlineAt) return
  const { members, target } = state.open
  if (members.filter(({ update }) => update !== null).length >= target) return
  must('I18', !members.some(isPending), 'somebody still works')
  const others = eligible.filter(({ id }) => !state.excluded.includes(id) && !members.some((member) => member.id === id))
  must('I18', others.length === 0, `${others.map(({ name }) => name)} could be asked`)
}

function checkWithdrawals(before: RunState, event: MachineEvent, { state, effects }: Transition): void {
  const ownAnswer =
    event.type === 'updateStored' || event.type === 'trainingFailed' || event.type === 'left' ? event.participant : null
  const working = before.phase === 'training' ? before.open.members.filter(isPending).map(({ id }) => id) : []
  const asked = effects.flatMap((effect) => (effect.type === 'assign' ? effect.members.map(({ id }) => id) : []))
  const still = state.phase === 'training' ? state.open.members.filter(isPending).map(({ id }) => id) : []
  const expected = [...working, ...asked].filter((id) => !still.includes(id) && id !== ownAnswer)
  const told = effects.flatMap((effect) => (effect.type === 'withdraw' ? effect.members.map(({ id }) => id) : []))
  must('I13', text([...told].sort()) === text([...expected].sort()), `${event.type}: told ${told}, expected ${expected}`)
  const fresh = still.filter((id) => !working.includes(id))
  must('I13', text([...asked].sort()) === text([...fresh].sort()), `${event.type}: asked ${asked}, new are ${fresh}`)
}

function checkExcluded(before: RunState, event: MachineEvent, { state, effects, refusal }: Transition): void {
  for (const id of before.excluded) must('I14', state.excluded.includes(id), `${id} was taken in again`)
  for (const effect of effects)
    if (effect.type === 'assign')
      for (const { id } of effect.members) must('I14', !state.excluded.includes(id), `${id} was asked`)
  if (state.phase === 'training')
    for (const { id, update } of state.open.members)
      must('I14', update === null || !state.excluded.includes(id), `the update of ${id} counts in training`)
  if (event.type === 'updateStored' && before.phase === 'training' && before.excluded.includes(event.participant))
    must('I14', refusal?.code === 'participant_excluded', `an update of ${event.participant} was admitted`)
}
