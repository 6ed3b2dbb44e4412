import type { Fetch } from '@tributary/client'
import { openEnvelope, type SecretIdentity, verifyEnvelope } from '@tributary/crypto'
import { type Content, decodeContent, type Envelope, type PartyKeys, readEnvelope } from '@tributary/protocol'

/** One HTTP call of a party to the hub and its answer, byte for byte. */
export interface Call {
  readonly party: string
  readonly method: string
  readonly url: string
  readonly sent: Uint8Array
  readonly status: number
  readonly got: Uint8Array
}

/** Replaces an envelope on its way from a party to the hub. */
export type Rewrite = (bytes: Uint8Array, party: string) => Promise<Uint8Array> | Uint8Array

/** Listens at the parties' connections to the hub. */
export class WireTap {
  readonly calls: Call[] = []
  rewrite: Rewrite | null = null

  fetchOf(party: string): Fetch {
    return async (url, init) => {
      const method = init.method ?? 'GET'
      let sent = bytesOf(init.body)
      const isEnvelope = method === 'PUT' && url.endsWith('/messages')
      if (isEnvelope && this.rewrite !== null) sent = new Uint8Array(await this.rewrite(sent, party))
      const response = await fetch(url, { ...init, ...(sent.length === 0 ? {} : { body: sent }) })
      const got = new Uint8Array(await response.arrayBuffer())
      this.calls.push({ party, method, url, sent, status: response.status, got })
      const { status, headers } = response
      return new Response(got.length === 0 ? null : got, { status, headers })
    }
  }

  /** Envelopes that the hub took, each once. */
  relayed(): Uint8Array[] {
    const taken = this.calls.filter(({ method, url, status }) => method === 'PUT' && url.endsWith('/messages') && status === 200)
    const unique = new Map(taken.map(({ sent }) => [Buffer.from(sent.subarray(0, 600)).toString('latin1'), sent]))
    return [...unique.values()]
  }

  /** What is no envelope: addresses, JSON both ways. */
  spoken(): Uint8Array[] {
    return this.calls.flatMap(({ url, method, sent, got }) => {
      const isMail = url.includes('/messages')
      const body = isMail && method === 'PUT' ? [] : [sent]
      const answer = isMail && method === 'GET' ? [] : [got]
      return [new TextEncoder().encode(url), ...body, ...answer]
    })
  }
}

function bytesOf(body: RequestInit['body']): Uint8Array<ArrayBuffer> {
  if (body === null || body === undefined) return new Uint8Array()
  if (typeof body === 'string') return new TextEncoder().encode(body)
  if (body instanceof Uint8Array) return new Uint8Array(body)
  throw new TypeError('a body of another kind')
}

export interface Opened {
  readonly envelope: Envelope
  readonly content: Content
  /** Content as it was sealed. */
  readonly bytes: Uint8Array
}

/** What the receiver reads, its signature checked. */
export async function openAs(
  bytes: Uint8Array,
  identities: Readonly<Record<string, SecretIdentity>>,
  keys: (name: string) => PartyKeys,
): Promise<Opened> {
  const { header } = readEnvelope(bytes)
  const { envelope } = verifyEnvelope(bytes, keys(header.from))
  const content = await openEnvelope(envelope, identities[header.to] as SecretIdentity)
  return { envelope, bytes: content, content: decodeContent(header.kind, content) }
}
