import { TributaryError } from '@tributary/protocol'
import type { CoordinatorAddress } from './address.ts'

/** The part of fetch that is used; the transport can be another. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** The coordinator as one caller sees it. */
export interface HttpPeer {
  readonly address: CoordinatorAddress
  readonly token: string | null
  readonly fetch: Fetch
}

export interface HttpCall {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'PATCH'
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | undefined>> | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | Uint8Array<ArrayBuffer> | undefined
  readonly signal: AbortSignal
}

/**
 * One call; the answer may have any status.
 * @throws TributaryError `unreachable` when no answer comes; the signal's reason
 */
export async function exchange(peer: HttpPeer, call: HttpCall): Promise<Response> {
  const { method, path, query = {}, headers = {}, body, signal } = call
  const url = new URL(peer.address.href + path)
  for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value))
  const authorization = peer.token === null ? {} : { authorization: `Bearer ${peer.token}` }
  const init = { method, headers: { ...authorization, ...headers }, signal, ...(body === undefined ? {} : { body }) }
  try {
    return await peer.fetch(url.href, init)
  } catch (error) {
    throw connectionError(peer, error, signal)
  }
}

/** What a broken connection is to the caller: the signal's own reason if it was aborted, else `unreachable`. */
export function connectionError(peer: HttpPeer, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  if (error instanceof TributaryError) return error
  return unreachable(peer.address, innermostMessage(error), error)
}

export const unreachable = ({ href }: CoordinatorAddress, reason: string, cause?: unknown): TributaryError =>
  new TributaryError('unreachable', { url: href, reason }, cause === undefined ? undefined : { cause })

/** fetch says only "fetch failed"; its cause says why. */
function innermostMessage(error: unknown): string {
  let inner = error
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause
  if (!(inner instanceof Error)) return String(inner)
  return inner.message || ('code' in inner ? String(inner.code) : inner.name)
}
