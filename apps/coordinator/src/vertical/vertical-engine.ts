import { createHash, randomBytes } from 'node:crypto'
import { canonicalJson, canonicalSha256, isSignedHead, verify } from '@tributary/crypto'
import {
  allowedPartyActions,
  type HubEvent,
  type HubRunState,
  hubTransition,
  partyOf,
  proposedEvents,
  proposedHubRun,
} from '@tributary/federation'
import {
  type Approve,
  type CreateVerticalRun,
  createVerticalRunSchema,
  type FederationId,
  fingerprintOf,
  type LoggedVerticalEvent,
  type Manifest,
  type ParticipantId,
  type Publish,
  type RunId,
  runIdSchema,
  type SignedHead,
  TributaryError,
  type VerticalAction,
  type VerticalNotice,
} from '@tributary/protocol'
import { EventFeed } from '../rounds/event-feed.ts'
import type { PartyRecord, VerticalCommit, VerticalRunRecord, VerticalStore } from '../storage/vertical-store.ts'
import { RunTurns } from './run-turns.ts'
import type { VerticalGateway } from './vertical-gateway.ts'

export interface VerticalEngineDeps {
  store: VerticalStore
  now: () => number
}

/** What a step is to be: its event, and what is written with it besides. */
export interface Planned {
  event: HubEvent
  once?: VerticalCommit['once']
  /** Computed when the step is known and accepted, before it is written. */
  mail?: (after: VerticalRunRecord['state']) => Promise<NonNullable<VerticalCommit['mail']>>
}

/** Runs that ended before are asked for by who wants them. */
const RECENT_MS = 7 * 86_400_000

/** Attempts at one step when another coordinator moves the run on meanwhile. */
const ATTEMPTS = 10

/** All vertical runs of this coordinator: the machine decides, this writes it down, then tells whoever is to know. */
export class VerticalEngine {
  readonly feed = new EventFeed<LoggedVerticalEvent>()
  /** Silent until there are sockets. */
  gateway: VerticalGateway = { notice: () => {} }
  readonly #deps: VerticalEngineDeps
  readonly #turns = new RunTurns()

  constructor(deps: VerticalEngineDeps) {
    this.#deps = deps
  }

  /** @throws not_found */
  async run(id: RunId): Promise<VerticalRunRecord> {
    const record = await this.#deps.store.run(id)
    if (record === null) throw new TributaryError('not_found', { what: 'vertical run', id })
    return record
  }

  /** @throws vertical_roles_invalid, party_not_registered */
  async create(federation: FederationId, request: CreateVerticalRun, by: string): Promise<VerticalRunRecord> {
    const { name, parties: wanted, settings } = createVerticalRunSchema.parse(request)
    const registered = await this.#deps.store.parties(federation)
    const chosen = wanted === null ? registered : wanted.map((party) => registeredAs(party, registered))
    const id = runIdSchema.parse(`run_${randomBytes(8).toString('hex')}`)
    const proposed = chosen.map(({ name: party, participant, role, keys, rows, features }) => {
      return { name: party, participant, role, keys, fingerprint: fingerprintOf(keys), rows, features }
    })
    const { run, events } = await this.#deps.store.createRun(
      {
        id,
        federation,
        name,
        state: proposedHubRun(id, settings, proposed),
        stream: randomBytes(8).toString('hex'),
        createdAt: new Date(this.#deps.now()),
        createdBy: by,
      },
      proposedEvents(by),
    )
    this.#tell(run, events, null)
    return run
  }

  /** By the label party. @throws auth_signature, manifest_mismatch, vertical_not_running */
  putManifest(run: RunId, by: string, { manifest, signature }: { manifest: Manifest; signature: string }) {
    const sha256 = canonicalSha256(manifest)
    return this.step(run, async (record) => {
      requireSignature(record, by, Buffer.from(sha256, 'hex'), signature)
      return { event: { type: 'manifestPut', by, manifest, sha256, signature } }
    })
  }

  /** @throws auth_signature, manifest_mismatch, vertical_not_running */
  decide(run: RunId, by: string, decision: Approve): Promise<VerticalRunRecord> {
    return this.step(run, async (record) => {
      if (decision.decision === 'refuse') {
        const { code, reason } = decision
        return { event: { type: 'refused', by, code, reason } }
      }
      const { manifestSha256, signature } = decision
      requireSignature(record, by, Buffer.from(manifestSha256, 'hex'), signature)
      return { event: { type: 'approved', by, manifestSha256, signature } }
    })
  }

  abort(run: RunId, by: string, { code, reason }: { code: string; reason: string }): Promise<VerticalRunRecord> {
    return this.step(run, async () => ({ event: { type: 'aborted', by, code, reason } }))
  }

  /** By the key service. @throws auth_signature, audit_broken for a head that is not signed, slr_equivocation, message_out_of_order, vertical_not_running */
  publish(run: RunId, by: string, { seq, event, signature }: Publish): Promise<VerticalRunRecord> {
    const once = { key: `published:${seq}`, digest: canonicalSha256(event), by }
    return this.step(run, async (record) => {
      const { manifest } = record.state
      if (manifest === null) throw new TributaryError('vertical_not_running', { phase: record.state.phase })
      requireSignature(record, by, Buffer.from(canonicalJson({ run: manifest.sha256, event })), signature)
      if ('head' in event) requireSignedHead(record, by, manifest.sha256, event.head)
      const known = await this.#deps.store.onceDigest(run, once.key)
      if (known !== null && known !== once.digest)
        throw new TributaryError('slr_equivocation', { from: by, place: `published/${seq}` })
      return { event: { type: 'published', by, seq, event }, once }
    })
  }

  /**
   * Does an action once for each idempotency key; the same key with the same action answers as before.
   * @param by whoever steers, or the party that a person answers for
   * @throws action_not_allowed, idempotency_key_reused
   */
  act(run: RunId, { action, reason, idempotencyKey }: VerticalAction, by: string): Promise<VerticalRunRecord> {
    const digest = createHash('sha256').update(JSON.stringify({ action, reason })).digest('hex')
    return this.step(run, async ({ state }) => {
      const known = await this.#deps.store.onceDigest(run, `action:${idempotencyKey}`)
      if (known === digest) return null
      if (known !== null) throw new TributaryError('idempotency_key_reused', { key: idempotencyKey })
      return { event: actionEvent(state, { action, reason }, by), once: { key: `action:${idempotencyKey}`, digest, by } }
    })
  }

  /** What a participant that has just connected is to know: its runs that go on, and those that ended of late. */
  async noticesFor(federation: FederationId, participant: ParticipantId): Promise<VerticalNotice[]> {
    const runs = await this.#deps.store.recentRuns(federation, new Date(this.#deps.now() - RECENT_MS))
    return runs.flatMap(({ id, state: { phase, parties } }) =>
      parties.filter((party) => party.participant === participant).map(({ cursor }) => ({ run: id, phase, cursor })),
    )
  }

  /** Its runs cannot go on without it. */
  async participantLeft(federation: FederationId, participant: ParticipantId, reason: string): Promise<void> {
    const runs = await this.#deps.store.recentRuns(federation, new Date(this.#deps.now()))
    const abort = async ({ id, state }: VerticalRunRecord) => {
      const party = state.parties.find((one) => one.participant === participant)
      if (party !== undefined) await this.abort(id, party.name, { code: 'participant_left', reason })
    }
    // All of them, whatever one of them refuses.
    await Promise.all(runs.map(abort))
  }

  /**
   * One step of a run, alone with it in this process: read, decide, write, tell. `plan` may be asked again when another
   * coordinator was faster; null says that there is nothing to do.
   * @throws not_found, the machine's refusal, what `plan` throws
   */
  step(id: RunId, plan: (record: VerticalRunRecord) => Promise<Planned | null>): Promise<VerticalRunRecord> {
    return this.#turns.take(id, async () => {
      for (let attempt = 1; ; attempt += 1) {
        const record = await this.run(id)
        const planned = await plan(record)
        if (planned === null) return record
        try {
          return await this.#write(record, planned)
        } catch (error) {
          const raced = error instanceof TributaryError && RACED.includes(error.code)
          if (!raced || attempt >= ATTEMPTS) throw error
        }
      }
    })
  }

  async #write(record: VerticalRunRecord, { event, once, mail }: Planned): Promise<VerticalRunRecord> {
    const { state, log, refusal } = hubTransition(record.state, event)
    if (refusal !== null) throw refusal
    // The same was done before.
    if (log.length === 0) return record
    const { run, events } = await this.#deps.store.commit({
      run: record.id,
      expectedVersion: record.version,
      at: new Date(this.#deps.now()),
      state,
      events: log,
      ...(once === undefined ? {} : { once }),
      ...(mail === undefined ? {} : { mail: await mail(state) }),
    })
    this.#tell(run, events, record)
    return run
  }

  #tell(run: VerticalRunRecord, events: readonly LoggedVerticalEvent[], before: VerticalRunRecord | null): void {
    const { id, federation, stream, headSeq, state } = run
    this.feed.publish({ run: id, federation, stream, headSeq, events })
    const { phase, parties } = state
    for (const { participant, name, cursor } of parties) {
      const newMail = phase !== 'paused' && before !== null && partyOf(before.state, name)?.cursor !== cursor
      // A person's yes is what its program may wait for.
      const newConsent = before !== null && before.state.consents.length !== state.consents.length
      if (newMail || newConsent || phase !== before?.state.phase) this.gateway.notice(participant, { run: id, phase, cursor })
    }
  }
}

/** What an action is to the machine. @throws action_not_allowed for what a person may not do for its party now */
function actionEvent(state: HubRunState, { action, reason }: Pick<VerticalAction, 'action' | 'reason'>, by: string): HubEvent {
  if (action === 'pause' || action === 'resume' || action === 'cancel') return { type: action, by, reason }
  const isRepeated = action === 'approve' && state.consents.includes(by)
  if (!isRepeated && !allowedPartyActions(state, by).includes(action))
    throw new TributaryError('action_not_allowed', { action, state: state.phase })
  if (action === 'approve') return { type: 'consented', by, reason }
  if (action === 'decline') return { type: 'refused', by, code: 'party_declined', reason }
  return { type: 'aborted', by, code: 'party_withdrew', reason }
}

/** Another coordinator wrote first: what is there now decides. */
const RACED: readonly string[] = ['action_conflict', 'idempotency_key_reused']

function registeredAs(name: string, registered: readonly PartyRecord[]): PartyRecord {
  const party = registered.find((one) => one.name === name)
  if (party === undefined) throw new TributaryError('party_not_registered', { name })
  return party
}

function requireSignature({ state }: VerticalRunRecord, by: string, bytes: Uint8Array, signature: string): void {
  const party = partyOf(state, by)
  if (party === undefined || !verify(party.keys, bytes, signature)) throw new TributaryError('auth_signature', { from: by })
}

/** Whoever compares heads by what the hub shows must not be shown one that the key service could deny. */
function requireSignedHead({ state }: VerticalRunRecord, by: string, run: string, head: SignedHead): void {
  const party = partyOf(state, by)
  if (party === undefined || !isSignedHead(party.keys, run, head))
    throw new TributaryError('audit_broken', { seq: head.seq, reason: 'the key service did not sign this head' })
}
