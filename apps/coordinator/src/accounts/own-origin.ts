import type { IncomingHttpHeaders } from 'node:http'
import { TributaryError } from '@tributary/protocol'

/**
 * A browser says from which page a call comes, and no page can make it say otherwise. Programs say nothing and pass: what a call by
 * cookie needs beside is the token of its session.
 * @throws origin_refused
 */
export function requireOwnOrigin({ origin, host, 'sec-fetch-site': site }: IncomingHttpHeaders, publicUrl: string | null): void {
  if (site === 'cross-site' || site === 'same-site') throw new TributaryError('origin_refused', { origin: origin ?? site })
  if (origin === undefined) return
  const own = [`http://${host}`, `https://${host}`, ...(publicUrl === null ? [] : [new URL(publicUrl).origin])]
  if (!own.includes(origin)) throw new TributaryError('origin_refused', { origin })
}
