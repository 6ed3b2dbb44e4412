import { z } from 'zod'

const id = <Brand extends string>(prefix: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_[0-9a-z]{8,40}$`), `expected an id that starts with ${prefix}_`)
    .brand<Brand>()

export const federationIdSchema = id<'FederationId'>('fed')
export const participantIdSchema = id<'ParticipantId'>('par')
export const runIdSchema = id<'RunId'>('run')
export const inviteIdSchema = id<'InviteId'>('inv')
export const accountIdSchema = id<'AccountId'>('acc')
export const tokenIdSchema = id<'TokenId'>('tok')

export type FederationId = z.infer<typeof federationIdSchema>
export type ParticipantId = z.infer<typeof participantIdSchema>
export type RunId = z.infer<typeof runIdSchema>
export type InviteId = z.infer<typeof inviteIdSchema>
export type AccountId = z.infer<typeof accountIdSchema>
export type TokenId = z.infer<typeof tokenIdSchema>

/**
 * A participant's name, unique in its federation and stable for its life. It, not the random id, orders updates and
 * seeds training: so the same seed gives the same bytes in a new federation of the same names.
 */
export const participantNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'use lower-case letters, digits and hyphens (at most 63), starting with a letter or digit')
  // Records by name are plain objects: this name would find what every object has.
  .refine((name) => !(name in {}), 'this name is reserved')

export const roleSchema = z.enum(['admin', 'researcher', 'institution'])
export type Role = z.infer<typeof roleSchema>
