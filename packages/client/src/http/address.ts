import { TributaryError } from '@tributary/protocol'

export interface CoordinatorAddress {
  /** https://host:port */
  readonly origin: string
  /** Path before all routes, without a slash at the end; empty when the coordinator has the host for itself. */
  readonly base: string
  /** Both; the key of saved identities. */
  readonly href: string
}

/** @throws TributaryError `config_invalid` for what is not an http(s) URL */
export function coordinatorAddress(url: string): CoordinatorAddress {
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (parsed === null || !/^https?:$/.test(parsed.protocol))
    throw new TributaryError('config_invalid', { setting: 'url', reason: `${url} is not an address like https://host:port` })
  const base = parsed.pathname.replace(/\/+$/, '')
  return { origin: parsed.origin, base, href: parsed.origin + base }
}
