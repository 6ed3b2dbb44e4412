import type { HubParty, HubRunState } from '@tributary/federation'
import { type ParticipantId, type PartyRole, type RunId, TributaryError } from '@tributary/protocol'
import type { Caller } from '../access/caller.ts'
import { maySee } from '../access/permissions.ts'
import type { VerticalRunRecord } from '../storage/vertical-store.ts'
import type { VerticalEngine } from './vertical-engine.ts'

/** @throws forbidden to whoever is no participant */
export function callersParticipant(account: Caller, action: string): ParticipantId {
  if (account.participant === null) throw new TributaryError('forbidden', { role: account.role, action })
  return account.participant
}

/** An institution sees the runs that it is a party of: there parties know each other by name, since each pins the others' keys. */
export const maySeeVerticalRun = (caller: Caller, { federation, state }: VerticalRunRecord): boolean =>
  maySee(caller, federation) &&
  (caller.role !== 'institution' || state.parties.some(({ participant }) => participant === caller.own?.id))

/** @throws not_found when it is not there or not to be seen */
export async function visibleVerticalRun(engine: VerticalEngine, account: Caller, id: RunId): Promise<VerticalRunRecord> {
  const run = await engine.run(id)
  if (!maySeeVerticalRun(account, run)) throw new TributaryError('not_found', { what: 'vertical run', id })
  return run
}

/** The caller's place in a run. @throws forbidden to whoever has none, or not this role */
export function callersParty(account: Caller, { state }: VerticalRunRecord, action: string, role?: PartyRole): HubParty {
  const participant = callersParticipant(account, action)
  const party = state.parties.find((one) => one.participant === participant)
  if (party === undefined || (role !== undefined && party.role !== role))
    throw new TributaryError('forbidden', { role: party?.role ?? account.role, action })
  return party
}

/** The party that a person answers for; null for everybody else. Its program speaks for itself, with its key. */
export const personsParty = ({ role, by, own }: Caller, { parties }: HubRunState): HubParty | null =>
  (role === 'institution' && by !== 'token' && parties.find(({ participant }) => participant === own?.id)) || null
