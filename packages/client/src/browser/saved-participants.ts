import { coordinatorAddress } from '../http/address.ts'
import { indexedDbIdentityStore } from '../identity/indexed-db-identity-store.browser.ts'
import type { Participation } from '../participation.ts'
import { isHeld } from './only-tab.ts'

export interface SavedParticipant {
  readonly participant: Participation['participant']
  /** A tab of this browser takes part under this name now. */
  readonly active: boolean
}

/** Who took part from this browser and may come back, the newest first. @throws TributaryError `browser_unfit` */
export async function savedParticipants(url: string): Promise<SavedParticipant[]> {
  const { href } = coordinatorAddress(url)
  const identities = await indexedDbIdentityStore().find(href)
  return Promise.all(
    identities.map(async ({ participant: id, name, federation }) => ({
      participant: { id, name, federation },
      active: await isHeld(href, name),
    })),
  )
}
