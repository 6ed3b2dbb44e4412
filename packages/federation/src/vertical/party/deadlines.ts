import { TributaryError } from '@tributary/protocol'
import type { VerticalSurroundings } from '../effects.ts'
import { deadlines } from '../run/clock.ts'
import { dataParties, featureParties, keyServiceName, labelPartyName } from '../run/roles.ts'
import type { PartyState } from './state.ts'
import { stepOf } from './steps.ts'

/**
 * How many of the run's step deadlines are given, so that who is nearest to a silent party speaks first: the label party waits for
 * u, a feature party for the label party, the key service for all of them, all of them for the key service.
 */
const ALLOWANCE: Readonly<Record<PartyState['phase'], number | null>> = {
  aligning: 4,
  comparing: 4,
  preparing: null,
  awaitingKey: 4,
  encrypting: null,
  awaitingResidual: 2,
  gathering: 1,
  combining: null,
  requesting: null,
  awaitingOpened: 4,
  deciding: 4,
  done: null,
  aborted: null,
}

/** Seconds that a phase gives to those who owe it something; null where nobody does. */
export function allowance({ phase }: PartyState, { manifest }: VerticalSurroundings): number | null {
  return deadlines(ALLOWANCE[phase], manifest)
}

/** Who did not answer in time. */
export function waitingFor(state: PartyState, around: VerticalSurroundings): TributaryError {
  const names = debtors(state, around).join(', ')
  return new TributaryError('slr_timeout', { name: names, step: stepOf(state), seconds: allowance(state, around) ?? 0 })
}

function debtors(state: PartyState, { manifest, me }: VerticalSurroundings): readonly string[] {
  switch (state.phase) {
    case 'aligning':
    case 'comparing':
      return dataParties(manifest).filter((name) => name !== me && state.alignments[name] === undefined)
    case 'awaitingResidual':
      return [labelPartyName(manifest)]
    case 'gathering': {
      const came = state.inbox.filter(({ keyId }) => keyId === state.key.keyId).map(({ from }) => from)
      return featureParties(manifest).filter((name) => !came.includes(name))
    }
    default:
      return [keyServiceName(manifest)]
  }
}
