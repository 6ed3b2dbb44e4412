import { credentialSchema, type Role, sha256Schema } from '@tributary/protocol'
import { z } from 'zod'

/**
 * A join that was asked for and perhaps never answered. It is kept before the request goes out, so that the same request can be
 * made again: the coordinator answers it as it answered the first.
 */
export const pendingJoinSchema = z.strictObject({
  /** The coordinator's address: origin and base path. */
  url: z.string(),
  inviteSha256: sha256Schema,
  /** The credential that was asked for. */
  token: credentialSchema,
})
export type PendingJoin = z.infer<typeof pendingJoinSchema>

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** A credential of 43 letters of 6 random bits, by which whoever joins may ask twice; an invite for another role refuses it. */
export function newCredential(role: Role = 'institution'): string {
  const letters = Array.from(crypto.getRandomValues(new Uint8Array(43)), (byte) => ALPHABET[byte & 63])
  return `trb_${role[0]}_${letters.join('')}`
}
