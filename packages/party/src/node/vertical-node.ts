import { type Clock, type Deferred, deferred, systemClock } from '@tributary/client'
import { publicKeysOf, type SecretIdentity } from '@tributary/crypto'
import type { PartyOutcome } from '@tributary/federation'
import {
  type ErrorCode,
  fingerprintOf,
  type PartyRole,
  TributaryError,
  type VerticalNotice,
  type VerticalPhase,
  type VerticalRun,
} from '@tributary/protocol'
import type { Machine } from '../actor/machine.ts'
import type { RunActor } from '../actor/run-actor-options.ts'
import type { HubLink } from '../hub/hub-link.ts'
import { persistentHub } from '../hub/persistent-hub.ts'
import type { PinnedPeers } from '../identity/pinned-peers.ts'
import type { JobRunner } from '../jobs/job-runner.ts'
import { StoreFailure } from '../store/database.ts'
import type { PartyStore } from '../store/party-store.ts'
import type { PartyTable } from '../table/party-table.ts'
import { Agreement, type AgreementOptions } from './agreement.ts'
import { AwaitedOutcomes } from './awaited-outcomes.ts'
import { beginRun } from './begin-run.ts'
import type { PartyEvent } from './party-event.ts'
import { endingOf } from './run-ending.ts'
import { RunWatch } from './run-watch.ts'

export interface VerticalNodeOptions<State> {
  readonly hub: HubLink
  readonly store: PartyStore
  readonly identity: SecretIdentity
  readonly role: PartyRole
  readonly machine: Machine<State>
  readonly jobs: JobRunner
  /** Own rows; null at the key service. */
  readonly table: PartyTable | null
  /** Nothing of a peer that is not pinned is accepted. */
  readonly peers: PinnedPeers
  /** Asked once for each run, after all checks of the manifest have passed. */
  readonly approve: AgreementOptions['approve']
  readonly onEvent?: ((event: PartyEvent) => void) | undefined
  readonly signal?: AbortSignal | undefined
  /** Pauses between attempts to reach the hub. */
  readonly clock?: Clock | undefined
  /** Milliseconds since the epoch; deadlines go by it. */
  readonly now?: (() => number) | undefined
}

/** A party at work: takes part in every run that names it, one machine for each. */
export interface VerticalNode {
  readonly name: string
  /** Own fingerprint, for others to pin. */
  readonly fingerprint: string
  readonly store: PartyStore
  /** Resolves when the run is done for this party; rejects with the reason of its end. The run need not be known yet. */
  outcome(run: string): Promise<PartyOutcome>
  /** Receiver of predictions: values for positions of the aligned order. */
  predict(run: string, rows: readonly number[]): Promise<readonly number[]>
  abort(run: string, reason: string): Promise<void>
  /** Resolves after close or the abort of the signal; rejects with what ended the session. */
  readonly done: Promise<void>
  /** Stops after the event at hand; everything goes on with the next start. */
  close(): Promise<void>
}

/** The hub will not have this party any more, whatever it does. */
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['participant_left', 'participant_excluded', 'unauthenticated'])

/**
 * Registers at the hub, goes on with unfinished runs and takes part in new ones until it is closed. Store and job runner stay the
 * caller's to close; the hub link is closed with the node.
 * @throws TributaryError `party_keys_fixed` when the hub knows other keys under this name; the codes of a hub that refuses
 */
export async function startVerticalNode<State>(options: VerticalNodeOptions<State>): Promise<VerticalNode> {
  const node = new Node(options)
  try {
    await node.register()
  } catch (error) {
    await node.close()
    throw error
  }
  return node
}

class Node<State> implements VerticalNode {
  readonly name: string
  readonly fingerprint: string
  readonly store: PartyStore
  readonly #options: VerticalNodeOptions<State>
  readonly #hub: HubLink
  readonly #agreement: Agreement
  readonly #watch: RunWatch
  readonly #closed = new AbortController()
  readonly #done: Deferred<void> = deferred()
  readonly #actors = new Map<string, RunActor>()
  readonly #phases = new Map<string, VerticalPhase>()
  /** Runs that are being agreed on here, and whether there was news of them meanwhile. */
  readonly #agreeing = new Map<string, boolean>()
  readonly #outcomes = new AwaitedOutcomes()
  readonly #emit: (event: PartyEvent) => void
  #closing: Promise<void> | null = null

  constructor(options: VerticalNodeOptions<State>) {
    const { hub, store, identity, role, table, peers, approve, clock = systemClock, signal } = options
    this.#options = options
    this.name = hub.name
    this.store = store
    this.fingerprint = fingerprintOf(publicKeysOf(identity))
    this.#emit = guarded(options.onEvent)
    const onRetry = (error: TributaryError, milliseconds: number) =>
      this.#emit({ type: 'retry', error, retryInSeconds: milliseconds / 1000 })
    this.#hub = persistentHub(hub, { clock, signal: this.#closed.signal, onRetry })
    this.#agreement = new Agreement({ hub: this.#hub, store, identity, role, table, peers, approve, emit: this.#emit })
    this.#watch = new RunWatch(
      this.#hub,
      (run) => this.#attend(run),
      (error) => this.#failed(error),
    )
    signal?.addEventListener('abort', () => void this.close(), { once: true })
    if (signal?.aborted) void this.close()
  }

  get done(): Promise<void> {
    return this.#done.promise
  }

  async register(): Promise<void> {
    const { identity, role, table } = this.#options
    const [rows, features] = table === null ? [null, null] : [table.ids.length, table.names.length]
    const place = await this.#hub.register({ role, keys: publicKeysOf(identity), rows, features })
    if (place.fingerprint !== this.fingerprint)
      throw new TributaryError('party_fingerprint_unknown', {
        name: this.name,
        actual: place.fingerprint,
        expected: this.fingerprint,
      })
    this.#emit({ type: 'registered', name: this.name, fingerprint: this.fingerprint })
    this.#hub.onNotice((notice) => this.#noticed(notice))
    this.#watch.look(null)
  }

  outcome(run: string): Promise<PartyOutcome> {
    return this.#outcomes.of(run).promise
  }

  async predict(run: string, rows: readonly number[]): Promise<readonly number[]> {
    const actor = this.#actors.get(run)
    if (actor === undefined) throw new TributaryError('not_found', { what: 'vertical run', id: run })
    return actor.predict(rows)
  }

  async abort(run: string, reason: string): Promise<void> {
    const actor = this.#actors.get(run)
    if (actor !== undefined) return actor.abort(reason)
    await this.#hub.abort(run, { code: 'slr_aborted', reason })
  }

  close(): Promise<void> {
    this.#closing ??= this.#close(null)
    return this.#closing
  }

  async #close(error: TributaryError | null): Promise<void> {
    const actors = [...this.#actors.values()].map((actor) => actor.close())
    this.#watch.stop()
    const reason = error ?? new DOMException('the session was closed', 'AbortError')
    this.#closed.abort(reason)
    await Promise.all(actors)
    await this.#options.hub.close()
    this.#outcomes.rejectAll(reason)
    if (error === null) this.#done.resolve()
    else this.#done.reject(error)
  }

  #noticed(notice: VerticalNotice | null): void {
    if (this.#closing !== null) return
    if (notice === null) {
      for (const actor of this.#actors.values()) actor.wake()
      this.#watch.look(null)
      return
    }
    this.#actors.get(notice.run)?.wake()
    // Mail alone is the actor's; a change of phase is looked at, and what an owner may have said of a run that is agreed on.
    const isAgreedOn = notice.phase === 'proposed' || notice.phase === 'approving'
    if (isAgreedOn || this.#phases.get(notice.run) !== notice.phase) this.#watch.look(notice.run)
  }

  /** One run as it stands at the hub now. */
  async #attend(run: VerticalRun): Promise<void> {
    const { id, phase, parties } = run
    if (!parties.some(({ name }) => name === this.name)) return
    if (this.#phases.get(id) !== phase) this.#emit({ type: 'phase', run: id, phase })
    this.#phases.set(id, phase)
    if (phase === 'proposed') return this.#agree(id, () => this.#agreement.propose(run))
    if (phase === 'approving') return this.#agree(id, () => this.#agreement.answer(run))
    const actor = this.#actors.get(id) ?? (await this.#begin(run))
    if (actor === null) return
    if (phase === 'running' || phase === 'paused') actor.setPaused(phase === 'paused')
    actor.wake()
    if (phase === 'aborted') {
      actor.cancelled(endingOf(run))
    }
  }

  /** Beside everything else: an owner may think about it for long. */
  #agree(run: string, agree: () => Promise<void>): void {
    const isBusy = this.#agreeing.has(run)
    this.#agreeing.set(run, isBusy)
    if (isBusy) return
    agree()
      .catch((error: unknown) => this.#failedToAgree(run, error))
      .finally(() => {
        const isOld = this.#agreeing.get(run)
        this.#agreeing.delete(run)
        if (isOld) this.#watch.look(run)
      })
  }

  /** The others would wait for ever for whom a fault of its own keeps from signing. */
  async #failedToAgree(run: string, error: unknown): Promise<void> {
    this.#failed(error)
    if (error instanceof TributaryError || error instanceof StoreFailure || this.#closing !== null) return
    const fault = new TributaryError('party_fault', { reason: 'its owner alone is told more' })
    await this.#hub.abort(run, { code: fault.code, reason: fault.message }).catch((refusal: unknown) => this.#failed(refusal))
  }

  /** From the store or new; null when there is none to start. */
  async #begin(run: VerticalRun): Promise<RunActor | null> {
    const { store, identity, machine, jobs, table, now } = this.#options
    const hub = this.#hub
    const outcomes = this.#outcomes
    const actor = await beginRun(run, { hub, store, identity, machine, jobs, table, outcomes, emit: this.#emit, now })
    if (actor !== null) this.#actors.set(run.id, actor)
    return actor
  }

  #failed(error: unknown): void {
    if (this.#closing !== null) return
    const known =
      error instanceof TributaryError ? error : new TributaryError('unexpected', { reason: String(error) }, { cause: error })
    this.#emit({ type: 'error', error: known })
    if (FINAL.has(known.code)) this.#closing ??= this.#close(known)
  }
}

/** A fault in the caller's own handler is the caller's: it surfaces as uncaught and leaves the session whole. */
function guarded(onEvent: ((event: PartyEvent) => void) | undefined): (event: PartyEvent) => void {
  return (event) => {
    try {
      onEvent?.(event)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}
