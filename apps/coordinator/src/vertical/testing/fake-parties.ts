import { randomBytes } from 'node:crypto'
import {
  canonicalJson,
  canonicalSha256,
  createIdentity,
  publicKeysOf,
  type SecretIdentity,
  sealEnvelope,
  sign,
} from '@tributary/crypto'
import {
  auditSignedBytes,
  type EnvelopeHeader,
  FIRST_PREV_HASH,
  fingerprintOf,
  type Manifest,
  type ManifestParty,
  type MessageKind,
  manifestSchema,
  type PartyRole,
  type Published,
  routes,
  type SignedHead,
  VERTICAL_PROTOCOL,
  type VerticalRun,
} from '@tributary/protocol'

/** How a party reaches the hub; by injection or over a network. */
export type PartyCall = (
  url: string,
  call: { method: 'GET' | 'PUT' | 'POST'; token: string; body?: unknown; headers?: Record<string, string> },
) => Promise<{ status: number; json: () => unknown; bytes: Buffer }>

export interface SealedMessage {
  bytes: Uint8Array
  sha256: string
}

/** A party that signs and seals as a real one does; what it seals is random. */
export class FakeParty {
  readonly name: string
  readonly role: PartyRole
  readonly token: string
  readonly identity: SecretIdentity = createIdentity()
  readonly #call: PartyCall
  readonly #chains = new Map<string, { seq: number; sha256: string }>()

  constructor(name: string, role: PartyRole, token: string, call: PartyCall) {
    this.name = name
    this.role = role
    this.token = token
    this.#call = call
  }

  get keys() {
    return publicKeysOf(this.identity)
  }

  get manifestParty(): ManifestParty {
    return {
      name: this.name,
      role: this.role,
      fingerprint: fingerprintOf(this.keys),
      features: this.role === 'key-service' ? 0 : 3,
    }
  }

  put(url: string, body: unknown) {
    return this.#call(url, { method: 'PUT', token: this.token, body })
  }
  post(url: string, body: unknown) {
    return this.#call(url, { method: 'POST', token: this.token, body })
  }
  get(url: string) {
    return this.#call(url, { method: 'GET', token: this.token })
  }

  register(federation: string, change: object = {}) {
    const counts = this.role === 'key-service' ? { rows: null, features: null } : { rows: 100, features: 3 }
    return this.put(routes.party(federation), { role: this.role, keys: this.keys, ...counts, ...change })
  }

  putManifest(run: string, manifest: Manifest) {
    const signature = sign(this.identity, Buffer.from(canonicalSha256(manifest), 'hex'))
    return this.put(routes.verticalManifest(run), { manifest, signature })
  }

  approve(run: string, manifestSha256: string) {
    const signature = sign(this.identity, Buffer.from(manifestSha256, 'hex'))
    return this.post(routes.verticalApprovals(run), { decision: 'approve', manifestSha256, signature })
  }

  publish(run: string, manifestSha256: string, seq: number, event: Published) {
    const signature = sign(this.identity, Buffer.from(canonicalJson({ run: manifestSha256, event })))
    return this.post(routes.verticalPublished(run), { seq, event, signature })
  }

  /** As the key service signs a head of its log. */
  headAt(manifestSha256: string, seq: number, hash: string): SignedHead {
    return { seq, hash, signature: sign(this.identity, auditSignedBytes(manifestSha256, { seq, hash })) }
  }

  /** The next message to a party; the chain goes on only when it is `sent`. */
  seal(manifestSha256: string, to: FakeParty, o: { kind?: MessageKind; bytes?: number; header?: Partial<EnvelopeHeader> } = {}) {
    const { seq, sha256 } = this.#chains.get(`${manifestSha256}/${to.name}`) ?? { seq: 0, sha256: FIRST_PREV_HASH }
    return sealEnvelope({
      header: {
        proto: VERTICAL_PROTOCOL,
        run: manifestSha256,
        step: 0,
        kind: o.kind ?? 'u',
        from: this.name,
        to: to.name,
        seq: seq + 1,
        prevHash: sha256,
        ...o.header,
      },
      content: randomBytes(o.bytes ?? 100),
      from: this.identity,
      to: to.keys,
    })
  }

  sent(manifestSha256: string, to: FakeParty, { sha256 }: SealedMessage): void {
    const chain = `${manifestSha256}/${to.name}`
    this.#chains.set(chain, { seq: (this.#chains.get(chain)?.seq ?? 0) + 1, sha256 })
  }

  deliver(run: string, bytes: Uint8Array) {
    const headers = { 'content-type': 'application/octet-stream' }
    return this.#call(routes.verticalMessages(run), { method: 'PUT', token: this.token, body: Buffer.from(bytes), headers })
  }

  /** Seals, sends, and goes on in the chain when the hub took it. */
  async send(run: string, manifestSha256: string, to: FakeParty, o: Parameters<FakeParty['seal']>[2] = {}) {
    const sealed = await this.seal(manifestSha256, to, o)
    const answer = await this.deliver(run, sealed.bytes)
    if (answer.status === 200) this.sent(manifestSha256, to, sealed)
    return { ...sealed, answer }
  }

  inbox(run: string, after = 0, limit = 200) {
    return this.get(`${routes.verticalInbox(run)}?after=${after}&limit=${limit}`)
  }
  open(run: string, sha256: string) {
    return this.get(routes.verticalMessage(run, sha256))
  }
}

/** A manifest that fits a run; parameters of the encryption are nothing that the hub looks into. */
export const manifestOf = (run: VerticalRun, parties: readonly FakeParty[]): Manifest =>
  manifestSchema.parse({
    protocol: VERTICAL_PROTOCOL,
    runId: run.id,
    parties: parties.map(({ manifestParty }) => manifestParty).sort((a, b) => (a.name < b.name ? -1 : 1)),
    settings: run.settings,
    he: {
      ringDegree: 8192,
      plainModulus: '1099510890497',
      plainModulusBits: 40,
      primeBits: [60, 60, 60, 38],
      openingPrimes: 1,
      keysPerStep: 1,
    },
    rowsBound: 100,
  })
