import { createSha256 } from '#sha256'
import type { PartyKeys } from './parties.ts'

/** SHA-256, hex, over a domain name and both public keys: what parties pin out of band. */
export const fingerprintOf = ({ signing, sealing }: PartyKeys): string =>
  createSha256()
    .update(new TextEncoder().encode(`tributary-party-v1\n${signing}\n${sealing}`))
    .hex()
