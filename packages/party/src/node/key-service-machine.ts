import { type KeyServiceState, keyServiceRecovery, keyServiceTransition, newKeyService } from '@tributary/federation'
import type { Machine } from '../actor/machine.ts'

/** The machine of the third party that holds the keys. */
export const keyServiceMachine: Machine<KeyServiceState> = {
  initial: () => newKeyService(),
  transition: keyServiceTransition,
  recovery: keyServiceRecovery,
}
