import { type Identity, type IdentityStore, matching } from './identity.ts'
import type { PendingJoin } from './pending-join.ts'

/** Identities that end with the process: for tests and simulations. */
export function memoryIdentityStore(): IdentityStore {
  const identities = new Map<string, Identity>()
  const pending = new Map<string, PendingJoin>()
  const keyOf = ({ url, inviteSha256 }: Pick<PendingJoin, 'url' | 'inviteSha256'>) => `${url}\n${inviteSha256}`
  return {
    find: async (url, name) => matching([...identities.values()], url, name),
    save: async (identity) => {
      identities.set(identity.participant, identity)
    },
    remove: async (identity) => {
      identities.delete(identity.participant)
    },
    findPendingJoin: async (url, inviteSha256) => pending.get(keyOf({ url, inviteSha256 })) ?? null,
    savePendingJoin: async (join) => {
      pending.set(keyOf(join), join)
    },
    removePendingJoin: async (join) => {
      pending.delete(keyOf(join))
    },
  }
}
