import { deferred } from '@tributary/client'
import type { PartyOutcome, VerticalEffect, VerticalMachineEvent } from '@tributary/federation'
import { type Mail, TributaryError } from '@tributary/protocol'
import { StoreFailure } from '../store/database.ts'
import { announceEnd } from './announce-end.ts'
import { AwaitedPredictions } from './awaited-predictions.ts'
import { type Admission, IncomingMail } from './incoming-mail.ts'
import { jobContext } from './job-context.ts'
import { JobDesk } from './job-desk.ts'
import { MachineHost, type Trigger } from './machine-host.ts'
import { Mailbox } from './mailbox.ts'
import { isFatal, PostOffice } from './post-office.ts'
import type { Ending, RunActor, RunActorOptions } from './run-actor-options.ts'
import { SerialQueue } from './serial-queue.ts'
import { Waker } from './waker.ts'

/** Begins a run, or goes on with it where the store stands. */
export function startRunActor<State>(options: RunActorOptions<State>): RunActor {
  const actor = new Actor(options)
  actor.start()
  return actor
}

/** Brings a machine its events one after another, and does what it asks for once that is durable. */
class Actor<State> implements RunActor {
  readonly #options: RunActorOptions<State>
  readonly #host: MachineHost<State>
  readonly #queue: SerialQueue
  readonly #desk: JobDesk
  readonly #mailbox: Mailbox
  readonly #incoming: IncomingMail
  readonly #post: PostOffice
  readonly #waker: Waker
  readonly #done = deferred<PartyOutcome>()
  readonly #predictions = new AwaitedPredictions()
  #paused: boolean | null = null
  #over: TributaryError | null = null
  /** The run is about to be ended from here: mail is not taken any more. */
  #ending = false
  #fault: Promise<void> = Promise.resolve()

  constructor(options: RunActorOptions<State>) {
    const { standing, machine, store, hub, jobs, table, emit, now = Date.now } = options
    const { runId: run } = standing
    this.#options = options
    this.#host = new MachineHost({ standing, machine, store, now })
    this.#queue = new SerialQueue((error) => {
      this.#fault = this.#broken(error)
    })
    this.#waker = new Waker(() => this.#tell({ type: 'tick' }), now)
    this.#desk = new JobDesk({
      jobs,
      context: () => jobContext(standing, store, table, this.#host.table),
      tell: (event, output) => this.#apply(event, { output }),
      inTurn: (work) => this.#queue.add(work),
    })
    this.#post = new PostOffice({
      store,
      hub,
      onSent: ({ receiver, kind, step, bytes }) => emit({ type: 'sent', run, peer: receiver, kind, step, bytes }),
      onRefused: (error) => this.#refusedByHub(error),
    })
    this.#incoming = new IncomingMail(standing, store)
    this.#mailbox = new Mailbox({
      run,
      hub,
      after: store.cursor(),
      isKnown: (mail) => store.receivedHash(mail.from, mail.seq) === mail.sha256,
      take: (mail, bytes) => this.#queue.add(() => this.#take(mail, bytes)),
      onFailed: (error, mail) => this.#dropped(mail?.from ?? 'the hub', error),
    })
  }

  get outcome(): Promise<PartyOutcome> {
    return this.#done.promise
  }

  start(): void {
    const { store, emit, standing } = this.#options
    const { resumed } = this.#host
    emit({ type: 'started', run: standing.runId, resumed })
    const outcome = store.outcome()
    if (outcome !== null) this.#done.resolve(outcome)
    void this.#queue.add(async () => {
      if (!resumed) await this.#apply({ type: 'begin' })
      else for (const effect of this.#host.recovery()) this.#run(effect)
    })
    this.#post.kick()
    this.#mailbox.wake()
  }

  wake(): void {
    this.#mailbox.wake()
  }

  setPaused(paused: boolean): void {
    if (this.#paused === paused) return
    const isNews = this.#paused !== null || paused || this.#host.resumed
    this.#paused = paused
    if (isNews) this.#tell({ type: paused ? 'paused' : 'resumed' })
  }

  cancelled(ending: Ending): void {
    this.#tell({ type: 'cancelled', ...ending })
  }

  abort(reason: string): Promise<void> {
    return this.#queue.add(async () => {
      await this.#apply({ type: 'abort', reason })
    })
  }

  predict(rows: readonly number[]): Promise<readonly number[]> {
    const { request, values } = this.#predictions.open()
    void this.#queue.add(async () => {
      const refusal = this.#over ?? (await this.#apply({ type: 'predict', request, rows }))
      if (refusal !== null) this.#predictions.refuse(request, refusal)
    })
    return values
  }

  async close(): Promise<void> {
    this.#waker.set(null)
    this.#post.stop()
    await Promise.all([this.#queue.stop(), this.#mailbox.stop()])
    await this.#fault
    const { me: name } = this.#options.standing
    this.#reject(this.#over ?? new TributaryError('slr_aborted', { name, reason: 'the session was closed' }))
  }

  #tell(event: VerticalMachineEvent): void {
    void this.#queue.add(async () => {
      await this.#apply(event)
    })
  }

  async #take(mail: Mail, bytes: Uint8Array): Promise<void> {
    // An answer is not believed before the hub holds the question that is stored here: from a folder that was copied back, the
    // same question would carry other masks. Sets of points answer nothing.
    if (!mail.kind.startsWith('psi-')) await this.#post.idle()
    if (this.#over !== null || this.#ending) return
    for (let next = await this.#incoming.admit(mail, bytes); next !== null; next = await this.#incoming.nextHeld()) {
      if (next.ok) await this.#deliver(next)
      else {
        this.#dropped(mail.from, next.refusal)
        if (next.refusal.code === 'slr_equivocation') await this.#endBecause(next.refusal)
      }
    }
    const again = this.#incoming.rereadFrom()
    if (again !== null) this.#mailbox.rewind(again - 1)
  }

  async #deliver({ event, received, bytes }: Extract<Admission, { ok: true }>): Promise<void> {
    const { emit, standing } = this.#options
    const { kind } = event.content
    emit({ type: 'received', run: standing.runId, peer: event.from, kind, step: event.step, bytes })
    const refusal = await this.#apply(event, { received })
    if (refusal !== null) this.#dropped(event.from, refusal)
  }

  /** The run cannot go on for a reason that the machine does not see. */
  async #endBecause(error: TributaryError): Promise<void> {
    this.#ending = true
    await this.#apply({ type: 'abort', reason: error.message, error: error.toBody() })
  }

  /** @returns why the machine refused the event, else null */
  async #apply(event: VerticalMachineEvent, trigger: Trigger = {}): Promise<TributaryError | null> {
    if (this.#over !== null) return null
    const { effects, refusal, ended } = await this.#host.apply(event, trigger)
    this.#post.kick()
    for (const effect of effects) this.#run(effect)
    if (ended !== null) this.#end(TributaryError.fromBody(ended))
    return refusal
  }

  /** What has to be persisted is: sent, kept, forgotten or logged. */
  #run(effect: VerticalEffect): void {
    const { emit, standing, jobs } = this.#options
    const { runId: run } = standing
    if (effect.type === 'job') this.#desk.start(effect.id, effect.job)
    if (effect.type === 'wake') this.#waker.set(effect.at)
    if (effect.type === 'publish') {
      if (effect.event.type === 'ended') void jobs.forget(standing)
      emit({ type: 'published', run, event: effect.event })
    }
    if (effect.type === 'tell') {
      const { notice } = effect
      if (notice.kind === 'prediction') this.#predictions.answer(notice.request, notice.values)
      if (notice.kind === 'failure' && notice.request !== undefined)
        this.#predictions.refuse(notice.request, TributaryError.fromBody(notice.error))
      emit({ type: 'notice', run, notice })
    }
    if (effect.type === 'finish') {
      this.#done.resolve(effect.outcome)
      void jobs.forget(standing)
      emit({ type: 'done', run, outcome: effect.outcome })
    }
  }

  #end(error: TributaryError): void {
    const { jobs, standing, emit, store, hub } = this.#options
    this.#over = error
    this.#waker.set(null)
    this.#reject(error)
    void jobs.forget(standing)
    emit({ type: 'ended', run: standing.runId, error })
    void announceEnd(store, hub, this.#post)
  }

  #reject(error: TributaryError): void {
    this.#done.reject(error)
    this.#predictions.refuseAll(error)
  }

  #dropped(from: string, error: unknown): void {
    this.#options.emit({ type: 'dropped', run: this.#options.standing.runId, from, error: knownError(error) })
  }

  #refusedByHub(error: unknown): void {
    this.#dropped('the hub', error)
    if (this.#ending || !isFatal(error)) return
    this.#ending = true
    void this.#queue.add(() => this.#endBecause(error))
  }

  /** The queue has stopped. After a failure of the disk the next start goes on; a fault of the program would come again. */
  async #broken(error: unknown): Promise<void> {
    this.#options.emit({ type: 'error', error: knownError(error) })
    if (!(error instanceof StoreFailure) && this.#over === null) await this.#endFaulty(error)
    if (this.#over === null) this.#stopBroken(knownError(error))
  }

  /** Everybody is told at once: by the machine if it still can, else by the hub alone. */
  async #endFaulty(cause: unknown): Promise<void> {
    const fault = new TributaryError('party_fault', { reason: String(cause) }, { cause })
    try {
      await this.#endBecause(fault)
    } catch {
      try {
        const told = new TributaryError('party_fault', { reason: 'its owner alone is told more' })
        this.#host.endBeside(told.toBody())
        this.#end(told)
      } catch (error) {
        this.#options.emit({ type: 'error', error: knownError(error) })
      }
    }
  }

  /** Nothing more is done; the next start goes on from what is durable. */
  #stopBroken(error: TributaryError): void {
    this.#over = error
    this.#waker.set(null)
    this.#post.stop()
    this.#reject(error)
  }
}

const knownError = (error: unknown): TributaryError =>
  error instanceof TributaryError ? error : new TributaryError('unexpected', { reason: String(error) }, { cause: error })
