import { z } from 'zod'
import { federationIdSchema, participantIdSchema, participantNameSchema } from '../ids.ts'
import { sha256Schema } from '../sha256.ts'

/** Version of the vertical protocol; it stands in each header and in the manifest. */
export const VERTICAL_PROTOCOL = 'tributary-slr/1'

/** A_j holds features, B features and the label, C the keys. */
export const partyRoleSchema = z.enum(['feature', 'label', 'key-service'])
export type PartyRole = z.infer<typeof partyRoleSchema>

/** 32 bytes as base64url without padding. */
export const publicKeySchema = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'expected 32 bytes as base64url without padding')

/** Public half of a party's identity: Ed25519 signs, X25519 opens. */
export const partyKeysSchema = z.strictObject({ signing: publicKeySchema, sealing: publicKeySchema })
export type PartyKeys = z.infer<typeof partyKeysSchema>

/** What a party tells the hub when it takes its place: counts and public keys, no row. Keys are fixed by the first call. */
export const registerPartySchema = z.strictObject({
  role: partyRoleSchema,
  keys: partyKeysSchema,
  /** Rows of the table before alignment; null for the key service. */
  rows: z.int().min(1).max(10_000_000).nullable(),
  /** Feature columns of the table; 0 for a party with the label alone, null for the key service. */
  features: z.int().min(0).max(1_000).nullable(),
})
export type RegisterParty = z.infer<typeof registerPartySchema>

export const verticalPartySchema = registerPartySchema.extend({
  federation: federationIdSchema,
  participant: participantIdSchema,
  name: participantNameSchema,
  /** SHA-256 of its keys: what people compare out of band. */
  fingerprint: sha256Schema,
  online: z.boolean(),
})
export type VerticalParty = z.infer<typeof verticalPartySchema>
