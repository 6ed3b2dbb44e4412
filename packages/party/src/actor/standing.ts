import type { SecretIdentity } from '@tributary/crypto'
import type { Manifest, PartyKeys } from '@tributary/protocol'

/** Who a party is in a run, and by which keys it knows the others. */
export interface Standing {
  /** The hub's name of the run. */
  readonly runId: string
  readonly me: string
  readonly identity: SecretIdentity
  readonly manifest: Manifest
  readonly manifestSha256: string
  /** Of all parties, by name; compared with pinned fingerprints. */
  readonly keys: Readonly<Record<string, PartyKeys>>
}
