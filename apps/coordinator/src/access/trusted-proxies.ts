import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { TributaryError } from '@tributary/protocol'

/** Whether this address is one of the operator's own proxies, whose X-Forwarded-… headers are believed. */
export type IsTrustedProxy = (address: string) => boolean

/** Names for ranges, as reverse proxies know them. */
const NAMED: Record<string, readonly string[]> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
}

/**
 * Reads a list like `loopback, 10.0.3.0/24, 2001:db8::7`. A number of hops is no way to say it: whoever reaches the port past the
 * proxy would then be believed.
 * @returns null when the list is empty: nobody is believed
 * @throws config_invalid
 */
export function trustedProxies(list: string): IsTrustedProxy | null {
  const entries = list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
  if (entries.length === 0) return null
  const ranges = new BlockList()
  for (const range of entries.flatMap((entry) => NAMED[entry] ?? [entry])) addRange(ranges, range)
  return (address) => {
    const plain = unmapped(address)
    const family = isIP(plain)
    return family !== 0 && ranges.check(plain, family === 4 ? 'ipv4' : 'ipv6')
  }
}

function addRange(ranges: BlockList, range: string): void {
  const [address = '', prefix, ...rest] = range.split('/')
  const family = isIP(address)
  const longest = family === 4 ? 32 : 128
  const bits = prefix === undefined ? longest : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN
  // A range of everything would believe everybody.
  if (family === 0 || rest.length > 0 || !(bits >= 1 && bits <= longest))
    throw new TributaryError('config_invalid', {
      setting: 'trust-proxy',
      reason: `"${range}" is no address, no range like 10.0.0.0/8, and none of ${Object.keys(NAMED).join(', ')}`,
    })
  ranges.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6')
}

/** An IPv4 caller of a socket that takes both kinds. */
const unmapped = (address: string): string => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')

/**
 * Who calls, where there is no request of Fastify: the last address that is no trusted proxy, seen from here.
 * @param peer the other end of the connection
 */
export function clientAddress(peer: string, headers: IncomingHttpHeaders, isTrusted: IsTrustedProxy | null): string {
  if (isTrusted === null) return peer
  const forwarded = [headers['x-forwarded-for'] ?? []].flat().flatMap((value) => value.split(','))
  let caller = peer
  for (const said of forwarded.reverse()) {
    if (!isTrusted(caller)) break
    caller = said.trim()
  }
  return caller
}
