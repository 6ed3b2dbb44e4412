import { newScalar } from '@tributary/crypto/psi'
import { newParty, type PartyState, partyRecovery, partyTransition } from '@tributary/federation'
import type { Machine } from '../actor/machine.ts'

/** The machine of a party with rows; each run draws its own scalar for the alignment. */
export const partyMachine: Machine<PartyState> = {
  initial: () => newParty({ scalar: newScalar() }),
  transition: partyTransition,
  recovery: partyRecovery,
}
