import type { NewRun, RunRecord, Store } from '@tributary/coordinator'
import {
  type AccountId,
  type FederationId,
  type InviteId,
  type RunConfig,
  type RunId,
  runConfigSchema,
} from '@tributary/protocol'
import { BEGAN, hex, memberOf, type WrittenMember, writtenRound } from './written-round.ts'

export interface WrittenRunOptions {
  readonly participants: number
  /** Rounds of its configuration: the last one completes the run. */
  readonly rounds: number
}

const MODEL_BYTES = 31_464
const base = (run: RunId, config: RunConfig) => ({ run, config, modelBytes: MODEL_BYTES, pausePending: false, excluded: [] })

/**
 * A run that nobody trained: its rounds are written into a coordinator's store as its engine writes them, with all events and
 * metrics, so that a run of any size is there in seconds. It is paused between rounds.
 */
export class WrittenRun {
  readonly id: RunId
  readonly #store: Store
  readonly #members: readonly WrittenMember[]
  #record: RunRecord

  static async begin(store: Store, federation: FederationId, { participants, rounds }: WrittenRunOptions): Promise<WrittenRun> {
    const members = Array.from({ length: participants }, (_, n) => memberOf(federation, n + 1))
    for (const member of members) await join(store, federation, member)
    return new WrittenRun(store, await store.createRun(freshRun(federation, participants, rounds)), members)
  }

  private constructor(store: Store, record: RunRecord, members: readonly WrittenMember[]) {
    this.id = record.id
    this.#store = store
    this.#record = record
    this.#members = members
  }

  get headSeq(): number {
    return this.#record.headSeq
  }

  /** Writes global metrics alone, of rounds that are told nothing else of: for curves of any length. */
  async measure(points: readonly { readonly round: number; readonly name: string; readonly value: number }[]): Promise<void> {
    const { id, config, state, version } = this.#record
    const round = Math.max(state.round, ...points.map((point) => point.round))
    const { run } = await this.#store.commitRun({
      run: id,
      expectedVersion: version,
      at: new Date(BEGAN),
      state: { ...base(id, config), phase: 'paused', round, modelSha256: state.modelSha256 },
      events: [],
      metrics: points.map((point) => ({ ...point, run: id, scope: 'global', participant: null })),
    })
    this.#record = run
  }

  /** Writes so many more rounds, each in one commit. */
  async write(rounds: number): Promise<void> {
    for (let n = 0; n < rounds; n += 1) {
      const { id, config, state, version } = this.#record
      const number = state.round + 1
      const isLast = number === config.rounds
      const { stored, metrics, events, modelSha256, bytes } = writtenRound(id, number, this.#members, state.modelSha256)
      if (isLast) events.push({ type: 'run.state', data: { from: 'evaluating', to: 'completed', reason: null } })
      const at = new Date(stored.closedAt)
      const { run } = await this.#store.commitRun({
        run: id,
        expectedVersion: version,
        at,
        state: { ...base(id, config), phase: isLast ? 'completed' : 'paused', round: number, modelSha256 },
        events,
        round: stored,
        model: { run: id, round: number, sha256: modelSha256, bytes: MODEL_BYTES, createdAt: at, metrics: {} },
        metrics,
        bytesUp: bytes,
        bytesDown: bytes,
        ...(isLast ? { endedAt: at } : {}),
      })
      this.#record = run
    }
  }
}

async function join(store: Store, federation: FederationId, { id, name }: WrittenMember): Promise<void> {
  const at = new Date(BEGAN)
  const secret = (what: string) => hex(federation, name, what)
  const invite = `inv_${secret('invite').slice(0, 16)}` as InviteId
  const common = { federation, role: 'institution', createdAt: at, revokedAt: null } as const
  const expiresAt = new Date(BEGAN + 60_000)
  await store.createInvite({ ...common, id: invite, name, codeHash: secret('code'), expiresAt, usedAt: null })
  const account = `acc_${secret('account').slice(0, 16)}` as AccountId
  await store.redeemInvite(
    invite,
    at,
    { ...common, id: account, name, tokenHash: secret('token'), participant: id },
    {
      id,
      federation,
      name,
      joinedAt: at,
      leftAt: null,
      lastSeenAt: at,
      samples: 500,
      backend: 'wasm',
      clientVersion: '0.1.0',
      roundsCounted: 0,
      bytesUp: 0,
      bytesDown: 0,
    },
  )
}

function freshRun(federation: FederationId, participants: number, rounds: number): NewRun {
  const id = `run_${hex(federation, participants, rounds).slice(0, 16)}` as RunId
  const config = runConfigSchema.parse({
    model: { name: 'softmax', inputShape: [784], outputs: 10 },
    rounds,
    selection: { fraction: 1, minimum: 1, overSelection: 0 },
    seed: 7,
  })
  const createdAt = new Date(BEGAN)
  const modelSha256 = hex(id, 0)
  return {
    record: {
      id,
      federation,
      name: `${rounds} rounds of ${participants}`,
      config,
      state: { ...base(id, config), phase: 'paused', round: 0, modelSha256 },
      stream: hex(id, 'stream').slice(0, 16),
      createdAt,
      startedAt: createdAt,
      endedAt: null,
      createdBy: 'admin',
    },
    events: [{ type: 'action', data: { action: 'create', by: 'admin', reason: 'new', details: {} } }],
    model: { run: id, round: 0, sha256: modelSha256, bytes: MODEL_BYTES, createdAt, metrics: {} },
  }
}
