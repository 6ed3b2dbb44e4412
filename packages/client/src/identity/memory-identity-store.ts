import { type Identity, type IdentityStore, matching } from './identity.ts'

/** Identities that end with the process: for tests and simulations. */
export function memoryIdentityStore(): IdentityStore {
  const identities = new Map<string, Identity>()
  return {
    find: async (url, name) => matching([...identities.values()], url, name),
    save: async (identity) => {
      identities.set(identity.participant, identity)
    },
    remove: async (identity) => {
      identities.delete(identity.participant)
    },
  }
}
