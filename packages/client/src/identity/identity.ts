import { federationIdSchema, participantIdSchema, participantNameSchema, sha256Schema } from '@tributary/protocol'
import { z } from 'zod'
import type { PendingJoin } from './pending-join.ts'

/** What a participant keeps for its life in a federation. The token is its only credential. */
export const identitySchema = z.strictObject({
  /** The coordinator's address: origin and base path. */
  url: z.string(),
  name: participantNameSchema,
  participant: participantIdSchema,
  federation: federationIdSchema,
  token: z.string().min(1),
  /** Hash of the invite it came from: tells the same invite from another one. */
  inviteSha256: sha256Schema,
  savedAt: z.iso.datetime(),
})
export type Identity = z.infer<typeof identitySchema>

/** Where identities outlive the process. */
export interface IdentityStore {
  /** All identities for this coordinator (and name, if given), the newest first. */
  find(url: string, name?: string): Promise<Identity[]>
  /** Resolves when it is durable. */
  save(identity: Identity): Promise<void>
  remove(identity: Identity): Promise<void>
  /** The join by this invite that is not known to be answered. */
  findPendingJoin(url: string, inviteSha256: string): Promise<PendingJoin | null>
  /** Resolves when it is durable. */
  savePendingJoin(pending: PendingJoin): Promise<void>
  removePendingJoin(pending: PendingJoin): Promise<void>
}

/** The identities that `find` must answer, in its order. */
export const matching = (identities: readonly Identity[], url: string, name?: string): Identity[] =>
  identities
    .filter((identity) => identity.url === url && (name === undefined || identity.name === name))
    .sort((a, b) => (a.savedAt < b.savedAt ? 1 : a.savedAt > b.savedAt ? -1 : 0))
