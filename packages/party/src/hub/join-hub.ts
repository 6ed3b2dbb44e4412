import { type Clock, CoordinatorApi, claimIdentity, type Fetch, type IdentityStore, systemClock } from '@tributary/client'
import type { TributaryError } from '@tributary/protocol'
import type { PartyEvent } from '../node/party-event.ts'
import { HttpHub } from './http-hub.ts'
import type { HubLink } from './hub-link.ts'

export interface JoinHubOptions {
  readonly url: string
  /** For the first start; later ones use the saved membership. */
  readonly invite?: string | undefined
  readonly name: string
  readonly membership: IdentityStore
  /** Seconds that an unanswered first join is repeated; without it, for ever. */
  readonly firstContactSeconds?: number | undefined
  readonly onEvent?: ((event: PartyEvent) => void) | undefined
  readonly signal: AbortSignal
  readonly fetch?: Fetch | undefined
  readonly clock?: Clock | undefined
}

/**
 * Takes an invite as an institution does, or comes back with the saved membership, and opens the link.
 * @throws TributaryError the codes of joining; the signal's reason
 */
export async function joinHub(options: JoinHubOptions): Promise<HubLink> {
  const { url, invite, name, membership, firstContactSeconds, onEvent, signal, fetch, clock = systemClock } = options
  const api = new CoordinatorApi({ url, fetch, clock })
  const onRetry = (error: TributaryError, milliseconds: number) =>
    onEvent?.({ type: 'retry', error, retryInSeconds: milliseconds / 1000 })
  const { identity } = await claimIdentity({ invite, name, firstContactSeconds }, api, membership, { clock, signal, onRetry })
  return new HttpHub({
    peer: api.peer,
    token: identity.token,
    name: identity.name,
    federation: identity.federation,
    clock,
    onConnected: () => onEvent?.({ type: 'connected' }),
    onDisconnected: (reason, milliseconds) => onEvent?.({ type: 'disconnected', reason, retryInSeconds: milliseconds / 1000 }),
    onRefused: (error) => onEvent?.({ type: 'error', error }),
  })
}
