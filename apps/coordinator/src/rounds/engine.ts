import { createHash, randomBytes } from 'node:crypto'
import {
  type Admission,
  admission,
  createdRun,
  hasEnded,
  type MachineEvent,
  recoveryEffects,
  type StoredUpdate,
  type Transition,
} from '@tributary/federation'
import {
  type CreateRun,
  createRunSchema,
  type ErrorBody,
  type FederationId,
  type ParticipantId,
  type RunAction,
  type RunId,
  runIdSchema,
  TributaryError,
} from '@tributary/protocol'
import type { Aggregator } from '../aggregation/aggregator.ts'
import type { Evaluator } from '../evaluation/evaluator.ts'
import type { Blobs } from '../storage/blobs.ts'
import type { RunRecord, Store } from '../storage/store.ts'
import { EffectRunner } from './effects.ts'
import { EventFeed } from './event-feed.ts'
import { FirstModels } from './first-model.ts'
import type { ParticipantGateway } from './participant-gateway.ts'
import { ParticipantPresence } from './participant-presence.ts'
import { RunActor } from './run-actor.ts'
import type { RunEngine } from './run-engine.ts'
import { sweepBlobs } from './sweep-blobs.ts'
import { Telling } from './telling.ts'
import { WakeTimers } from './wake-timers.ts'

export interface EngineDeps {
  store: Store
  blobs: Blobs
  aggregator: Aggregator
  evaluator: Evaluator
  gateway: ParticipantGateway
  now: () => number
  onError: (error: unknown, what: string, run: RunId | null) => void
}

/** Refusals of one kind that a participant may write into a round's log; a flood beyond them is answered, not logged. */
const LOGGED_REFUSALS = 3

/** All runs of this coordinator. The machine decides, the engine carries out. */
export class CoordinatorRunEngine implements RunEngine {
  readonly presence: ParticipantPresence
  readonly feed = new EventFeed()
  readonly #deps: EngineDeps
  readonly #actors = new Map<RunId, RunActor>()
  readonly #timers: WakeTimers
  readonly #effects: EffectRunner
  readonly #firstModels: FirstModels
  readonly #telling: Telling
  readonly #refusals = new Map<string, number>()
  #closed = false

  constructor(deps: EngineDeps) {
    this.#deps = deps
    this.presence = new ParticipantPresence(deps.now)
    this.#timers = new WakeTimers(deps.now)
    this.#firstModels = new FirstModels(deps.store, deps.blobs)
    this.#telling = new Telling({
      dispatch: (run, event) => this.dispatch(run, event),
      onError: (error, what, run) => this.#report(error, what, run),
    })
    this.#effects = new EffectRunner({
      blobs: deps.blobs,
      aggregator: deps.aggregator,
      evaluator: deps.evaluator,
      gateway: deps.gateway,
      timers: this.#timers,
      answer: (run, event) => this.#telling.tell(run, event),
      onError: (error, what, run) => this.#report(error, what, run),
    })
  }

  /** Takes up every run where a restart left it. */
  async recover(): Promise<void> {
    const live = await this.#deps.store.liveRuns()
    await sweepBlobs(this.#deps.store, this.#deps.blobs, live)
    for (const record of live) {
      const actor = this.#actor(record)
      this.#effects.perform(actor.record, recoveryEffects(actor.record.state))
      // A deadline may have passed while nobody was here to see it.
      void this.#telling.tell(record.id, { type: 'tick' })
    }
  }

  /** Runs of a federation that have not ended. */
  live(federation: FederationId): RunRecord[] {
    return [...this.#actors.values()]
      .map(({ record }) => record)
      .filter((record) => record.federation === federation && !hasEnded(record.state))
  }

  async create(federation: FederationId, request: CreateRun, by: string): Promise<RunRecord> {
    const { name, config, initialModel, start } = createRunSchema.parse(request)
    const model = await this.#firstModels.of(config, initialModel, federation)
    const id = runIdSchema.parse(`run_${randomBytes(8).toString('hex')}`)
    const at = new Date(this.#deps.now())
    const record = await this.#deps.store.createRun({
      record: {
        id,
        federation,
        name,
        config,
        state: createdRun(id, config, model),
        stream: randomBytes(8).toString('hex'),
        createdAt: at,
        startedAt: null,
        endedAt: null,
        createdBy: by,
      },
      events: [{ type: 'action', data: { action: 'create', by, reason: 'created', details: { name } } }],
      model: { run: id, round: 0, sha256: model.sha256, bytes: model.bytes, createdAt: at, metrics: {} },
    })
    const actor = this.#actor(record)
    if (start) await actor.dispatch({ type: 'start', by, reason: 'started with its creation' })
    return actor.record
  }

  async act(run: RunId, action: RunAction, by: string): Promise<RunRecord> {
    const actor = await this.#actorOf(run)
    const { idempotencyKey, ...content } = action
    const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex')
    const { action: type, ...rest } = content
    const event = { type, by, ...rest } as MachineEvent
    const step = await actor.dispatch(event, { key: idempotencyKey, digest, by })
    if (step.refusal !== null) throw step.refusal
    return actor.record
  }

  /** Gives an event to a run. @throws not_found; the step's refusal is in its result */
  async dispatch(run: RunId, event: MachineEvent): Promise<Transition> {
    return (await this.#actorOf(run)).dispatch(event)
  }

  /** Would these bytes be taken now? Knows also those that counted in rounds long closed. */
  async admission(
    run: RunId,
    round: number,
    participant: ParticipantId,
    sha256: string,
  ): Promise<{ admission: Admission; record: RunRecord }> {
    const { record } = await this.#actorOf(run)
    const answer = admission(record.state, round, participant, sha256)
    if (answer.kind !== 'refused') return { admission: answer, record }
    const counted = await this.#deps.store.update(run, round, participant)
    return { admission: counted?.sha256 === sha256 ? { kind: 'repeated' } : answer, record }
  }

  /** An update that is validated and durable. @returns whether it was counted before @throws the machine's refusal */
  async updateStored(
    run: RunId,
    round: number,
    participant: ParticipantId,
    update: StoredUpdate,
  ): Promise<{ repeated: boolean }> {
    const actor = await this.#actorOf(run)
    const step = await actor.dispatch({ type: 'updateStored', round, participant, update })
    if (step.refusal !== null) {
      const counted = await this.#deps.store.update(run, round, participant)
      if (counted?.sha256 === update.sha256) return { repeated: true }
      throw step.refusal
    }
    return { repeated: step.log.length === 0 }
  }

  async updateRefused(run: RunId, round: number, participant: ParticipantId, error: ErrorBody): Promise<void> {
    const key = JSON.stringify([run, round, participant, error.code])
    if (this.#refusals.size > 10_000) this.#refusals.clear()
    const count = (this.#refusals.get(key) ?? 0) + 1
    this.#refusals.set(key, count)
    if (count <= LOGGED_REFUSALS) await this.dispatch(run, { type: 'updateRefused', round, participant, error })
  }

  /** Somebody became ready: rounds that wait for participants look again. */
  async available(federation: FederationId): Promise<void> {
    for (const { id } of this.live(federation)) await this.dispatch(id, { type: 'available' })
  }

  async participantLeft(federation: FederationId, participant: ParticipantId, reason: string): Promise<void> {
    this.presence.disconnected(federation, participant)
    const tell = async ({ id }: RunRecord) => {
      const work = () => this.dispatch(id, { type: 'left', participant, reason })
      await work().catch((error: unknown) => this.#telling.later(error, 'left', work, id))
    }
    await Promise.all(this.live(federation).map(tell))
  }

  later(error: unknown, what: string, work: () => Promise<unknown>): void {
    this.#telling.later(error, what, work, null)
  }

  /** A model went out to a participant: a sign of life in the rounds that begin from it. */
  async modelDownloaded(federation: FederationId, participant: ParticipantId, sha256: string, bytes: number): Promise<void> {
    for (const { id, state } of this.live(federation))
      if (state.phase === 'training' && state.open.modelSha256 === sha256)
        await this.dispatch(id, { type: 'downloaded', round: state.open.number, participant, bytes })
  }

  close(): void {
    this.#closed = true
    this.#timers.clearAll()
    this.#telling.close()
  }

  #actor(record: RunRecord): RunActor {
    const actor = new RunActor(record, {
      store: this.#deps.store,
      feed: this.feed,
      surroundings: ({ federation }) => ({
        now: this.#deps.now(),
        eligible: this.presence.eligible(federation),
        online: this.presence.online(federation),
        lostAt: this.presence.lostAt(federation),
      }),
      perform: (after, effects) => {
        this.#effects.perform(after, effects)
        if (hasEnded(after.state)) this.#actors.delete(after.id)
      },
      lookAgain: (run) => this.#telling.lookAgain(run),
    })
    // Ended runs are looked up when asked for; they need no memory.
    if (!hasEnded(record.state)) this.#actors.set(record.id, actor)
    return actor
  }

  async #actorOf(run: RunId): Promise<RunActor> {
    const known = this.#actors.get(run)
    if (known !== undefined) return known
    const record = await this.#deps.store.run(run)
    if (record === null) throw new TributaryError('not_found', { what: 'run', id: run })
    // Two calls may have waited for the same row.
    return this.#actors.get(run) ?? this.#actor(record)
  }

  #report(error: unknown, what: string, run: RunId | null): void {
    if (!this.#closed) this.#deps.onError(error, what, run)
  }
}
