import { TributaryError } from '@tributary/protocol'
import type { VerticalSurroundings } from '../effects.ts'
import { deadlines } from '../run/clock.ts'
import { dataParties } from '../run/roles.ts'
import type { KeyServiceState } from './state.ts'
import { stepOf } from './steps.ts'

/** How many of the run's step deadlines a phase gives; see the parties' deadlines. */
const ALLOWANCE: Readonly<Record<KeyServiceState['phase'], number | null>> = {
  idle: null,
  admitting: 8,
  keying: null,
  opening: 3,
  sharing: 1,
  scaling: 1,
  done: null,
  aborted: null,
}

export function allowance({ phase }: KeyServiceState, { manifest }: VerticalSurroundings): number | null {
  return deadlines(ALLOWANCE[phase], manifest)
}

/** Who did not answer in time. */
export function waitingFor(state: KeyServiceState, around: VerticalSurroundings): TributaryError {
  const names = dataParties(around.manifest).filter((name) => isOwed(state, name))
  return new TributaryError('slr_timeout', {
    name: names.join(', '),
    step: stepOf(state),
    seconds: allowance(state, around) ?? 0,
  })
}

function isOwed(state: KeyServiceState, party: string): boolean {
  if (state.phase === 'admitting') return (state.admissions[party]?.features ?? null) === null
  return 'shares' in state && state.shares[party] === undefined
}
