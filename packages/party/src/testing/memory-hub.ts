import { canonicalJson, canonicalSha256, verify, verifyEnvelope } from '@tributary/crypto'
import {
  allowedVerticalActions,
  type HubEvent,
  type HubParty,
  type HubRunState,
  handsOutMail,
  hubTransition,
  partyOf,
  proposedHubRun,
} from '@tributary/federation'
import {
  type Approve,
  type FederationId,
  FIRST_PREV_HASH,
  fingerprintOf,
  type Mail,
  type MailReceipt,
  type ParticipantId,
  type Publish,
  type Published,
  type RegisterParty,
  type RunId,
  readEnvelope,
  TributaryError,
  type VerticalParty,
  type VerticalRun,
  type VerticalSettingsInput,
  type VerticalSteeringName,
  verticalSettingsSchema,
} from '@tributary/protocol'
import type { HubLink, PutManifest } from '../hub/hub-link.ts'
import { NoticeBoard } from '../hub/notice-board.ts'

/** One message as it went through the hub. */
export interface Carried extends Mail {
  readonly run: string
  readonly envelope: Uint8Array
}

/** What the network does to a call; `lostRequest` never arrives, of `lostAnswer` only the sender does not know. */
export type Fault = 'none' | 'lostRequest' | 'lostAnswer' | 'repeated'

export interface MemoryHubOptions {
  readonly fault?: ((call: { readonly by: string; readonly method: keyof HubLink }) => Fault) | undefined
  /** Rewrites what a receiver is handed: order, repetitions. */
  readonly inbox?: ((mail: readonly Mail[]) => readonly Mail[]) | undefined
  /** Before each call: to let time pass, or to stop a program at a point. */
  readonly before?: ((call: { readonly by: string; readonly method: keyof HubLink }) => Promise<void>) | undefined
}

interface MemoryRun {
  state: HubRunState
  readonly name: string
  readonly mail: Carried[]
  readonly published: Publish[]
}

const FEDERATION = 'fed_00000001' as FederationId

/** A hub in this process, by the machine of the real one: same checks of order, signatures and repetitions. */
export class MemoryHub {
  readonly #options: MemoryHubOptions
  readonly #parties = new Map<string, VerticalParty>()
  readonly #runs = new Map<string, MemoryRun>()
  readonly #boards = new Map<string, NoticeBoard>()

  constructor(options: MemoryHubOptions = {}) {
    this.#options = options
  }

  /** Every message that the hub took, in order. */
  get traffic(): readonly Carried[] {
    return [...this.#runs.values()].flatMap(({ mail }) => mail)
  }

  published(run: string): readonly Published[] {
    return this.#runOf(run).published.map(({ event }) => event)
  }

  createRun(settings: VerticalSettingsInput, name = 'run'): VerticalRun {
    const id = `run_${String(this.#runs.size + 1).padStart(8, '0')}` as RunId
    const parties = [...this.#parties.values()].map((party) => ({ ...party }))
    const state = proposedHubRun(id, verticalSettingsSchema.parse(settings), parties)
    this.#runs.set(id, { state, name, mail: [], published: [] })
    this.#tellAll(id)
    return this.#present(id)
  }

  run(run: string): VerticalRun {
    return this.#present(run)
  }

  act(run: string, action: VerticalSteeringName, reason = 'asked'): void {
    this.#step(run, { type: action, by: 'researcher', reason })
  }

  /** A person of the party says yes. */
  consent(run: string, name: string): void {
    this.#step(run, { type: 'consented', by: name, reason: 'agreed' })
    this.#tell(run, name)
  }

  link(name: string): HubLink {
    const call = async <T>(method: keyof HubLink, work: () => T): Promise<T> => {
      await this.#options.before?.({ by: name, method })
      await new Promise(setImmediate)
      const fault = this.#options.fault?.({ by: name, method }) ?? 'none'
      if (fault === 'lostRequest') throw lost('the request was lost')
      if (fault === 'repeated') work()
      const answer = work()
      if (fault === 'lostAnswer') throw lost('the answer was lost')
      return answer
    }
    const board = new NoticeBoard()
    this.#boards.set(name, board)
    return {
      name,
      register: (place) => call('register', () => this.#register(name, place)),
      parties: () => call('parties', () => [...this.#parties.values()]),
      runs: () => call('runs', () => [...this.#runs.keys()].toReversed().map((id) => this.#present(id))),
      run: (run) => call('run', () => this.#present(run)),
      putManifest: (run, body) => call('putManifest', () => this.#putManifest(run, name, body)),
      approve: (run, body) => call('approve', () => this.#decide(run, name, body)),
      abort: (run, failure) => call('abort', () => this.#step(run, { type: 'aborted', by: name, ...failure })),
      publish: (run, body) => call('publish', () => this.#publish(run, name, body)),
      send: (run, envelope) => call('send', () => this.#send(run, name, envelope)),
      inbox: (run, after) => call('inbox', () => this.#inbox(run, name, after)),
      fetch: (run, sha256) => call('fetch', () => this.#fetch(run, name, sha256)),
      onNotice: (listener) => board.listen(listener),
      close: async () => undefined,
    }
  }

  /** As a poll would: tells everybody that anything may be new. */
  poll(): void {
    for (const board of this.#boards.values()) board.tell(null)
  }

  #register(name: string, place: RegisterParty): VerticalParty {
    const known = this.#parties.get(name)
    if (known !== undefined && fingerprintOf(known.keys) !== fingerprintOf(place.keys))
      throw new TributaryError('party_keys_fixed', { name })
    const participant = known?.participant ?? (`par_${String(this.#parties.size + 1).padStart(8, '0')}` as ParticipantId)
    const party = { ...place, federation: FEDERATION, participant, name, fingerprint: fingerprintOf(place.keys), online: true }
    this.#parties.set(name, party)
    return party
  }

  #putManifest(run: string, by: string, { manifest, signature }: PutManifest): VerticalRun {
    const sha256 = canonicalSha256(manifest)
    this.#requireSigned(run, by, sha256, signature)
    this.#step(run, { type: 'manifestPut', by, manifest, sha256, signature })
    return this.#present(run)
  }

  #decide(run: string, by: string, body: Approve): VerticalRun {
    if (body.decision === 'approve') {
      this.#requireSigned(run, by, body.manifestSha256, body.signature)
      this.#step(run, { type: 'approved', by, manifestSha256: body.manifestSha256, signature: body.signature })
    } else this.#step(run, { type: 'refused', by, code: body.code, reason: body.reason })
    return this.#present(run)
  }

  #publish(run: string, by: string, body: Publish): void {
    const { state, published } = this.#runOf(run)
    const party = this.#partyOf(run, by)
    const signed = new TextEncoder().encode(canonicalJson({ run: state.manifest?.sha256, event: body.event }))
    if (party.role !== 'key-service' || !verify(party.keys, signed, body.signature))
      throw new TributaryError('auth_signature', { from: by })
    const known = published[body.seq - 1]
    if (known !== undefined && canonicalJson(known) !== canonicalJson(body))
      throw new TributaryError('slr_equivocation', { from: by, place: `published ${body.seq}` })
    this.#step(run, { type: 'published', by, seq: body.seq, event: body.event })
    if (known === undefined) published.push(body)
  }

  #send(run: string, by: string, envelope: Uint8Array): MailReceipt {
    const { mail } = this.#runOf(run)
    const { header } = readEnvelope(envelope)
    const { sha256 } = verifyEnvelope(envelope, this.#partyOf(run, by).keys)
    const pair = mail.filter(({ from, to }) => from === header.from && to === header.to)
    const newest = pair.at(-1)
    const stored = pair.find(({ seq }) => seq === header.seq)?.sha256 ?? null
    const head = newest === undefined ? { seq: 0, sha256: FIRST_PREV_HASH } : newest
    const bytes = envelope.length
    this.#step(run, { type: 'message', by, header, sha256, bytes, head: { seq: head.seq, sha256: head.sha256 }, stored })
    if (stored === null) {
      const { from, to, kind, step, seq } = header
      const cursor = mail.filter((one) => one.to === to).length + 1
      const at = new Date().toISOString()
      mail.push({ run, cursor, sha256, from, to, kind, step, seq, bytes, at, envelope: envelope.slice() })
    }
    this.#tell(run, header.to)
    return { status: 'stored', repeated: stored !== null, sha256 }
  }

  #inbox(run: string, by: string, after: number): readonly Mail[] {
    const { state, mail } = this.#runOf(run)
    if (!handsOutMail(state)) return []
    const mine = mail.filter(({ to, cursor }) => to === by && cursor > after).map(({ envelope: _, ...rest }) => rest)
    return this.#options.inbox?.(mine) ?? mine
  }

  #fetch(run: string, by: string, sha256: string): Uint8Array {
    const found = this.#runOf(run).mail.find((one) => one.sha256 === sha256 && one.to === by)
    if (found === undefined) throw new TributaryError('not_found', { what: 'message', id: sha256 })
    return found.envelope.slice()
  }

  #requireSigned(run: string, by: string, sha256: string, signature: string): void {
    if (!verify(this.#partyOf(run, by).keys, Buffer.from(sha256, 'hex'), signature))
      throw new TributaryError('auth_signature', { from: by })
  }

  /** @throws TributaryError the machine's refusal */
  #step(run: string, event: HubEvent): void {
    const entry = this.#runOf(run)
    const { phase } = entry.state
    const { state, refusal } = hubTransition(entry.state, event)
    if (refusal !== null) throw refusal
    entry.state = state
    if (state.phase !== phase || event.type === 'manifestPut') this.#tellAll(run)
  }

  #tellAll(run: string): void {
    for (const { name } of this.#runOf(run).state.parties) this.#tell(run, name)
  }

  #tell(run: string, name: string): void {
    const { state, mail } = this.#runOf(run)
    const notice = { run: state.run, phase: state.phase, cursor: mail.filter(({ to }) => to === name).length }
    setImmediate(() => this.#boards.get(name)?.tell(notice))
  }

  #runOf(run: string): MemoryRun {
    const found = this.#runs.get(run)
    if (found === undefined) throw new TributaryError('not_found', { what: 'vertical run', id: run })
    return found
  }

  #partyOf(run: string, name: string): HubParty {
    const party = partyOf(this.#runOf(run).state, name)
    if (party === undefined) throw new TributaryError('forbidden', { role: 'institution', action: 'take part' })
    return party
  }

  #present(run: string): VerticalRun {
    const { state, name } = this.#runOf(run)
    const { phase, settings, manifest, rows, step, f, head, failure, bytes } = state
    return {
      id: state.run,
      federation: FEDERATION,
      kind: 'vertical',
      name,
      phase,
      settings,
      parties: state.parties.map((party) => ({
        ...party,
        approved: party.signature !== null,
        consented: state.consents.includes(party.name),
      })),
      manifest: manifest?.content ?? null,
      manifestSha256: manifest?.sha256 ?? null,
      rows,
      step,
      f,
      head,
      failure,
      createdAt: new Date(0).toISOString(),
      startedAt: null,
      endedAt: null,
      createdBy: 'researcher',
      bytes,
      stream: 'memory',
      headSeq: 0,
      allowedActions: allowedVerticalActions(state),
    }
  }
}

const lost = (reason: string) => new TributaryError('unreachable', { url: 'memory', reason })
