import { randomBytes } from 'node:crypto'
import type { RoundMember, RunState, StoredUpdate } from '@tributary/federation'
import type { AccountId, FederationId, InviteId, ParticipantId, RunConfig, RunEvent, RunId } from '@tributary/protocol'
import { runConfigSchema } from '@tributary/protocol'
import type {
  AccountRecord,
  FederationRecord,
  InviteRecord,
  NewRun,
  ParticipantRecord,
  RunCommit,
  RunRecord,
  Store,
} from './store.ts'

/* Records for tests of whatever sits on a store. */

const unique = () => randomBytes(10).toString('hex')
export const someHash = (): string => randomBytes(32).toString('hex')
export const START = new Date('2026-03-01T08:00:00.000Z')

export const someFederation = (name = `federation ${unique()}`): FederationRecord => ({
  id: `fed_${unique()}` as FederationId,
  name,
  createdAt: START,
})

export const someAccount = (change: Partial<AccountRecord> = {}): AccountRecord => ({
  id: `acc_${unique()}` as AccountId,
  name: 'somebody',
  role: 'admin',
  tokenHash: someHash(),
  federation: null,
  participant: null,
  createdAt: START,
  revokedAt: null,
  ...change,
})

export const someInvite = (federation: FederationId, change: Partial<InviteRecord> = {}): InviteRecord => ({
  id: `inv_${unique()}` as InviteId,
  federation,
  role: 'institution',
  name: null,
  codeHash: someHash(),
  createdAt: START,
  expiresAt: new Date(START.getTime() + 60_000),
  usedAt: null,
  revokedAt: null,
  ...change,
})

export const someParticipant = (
  federation: FederationId,
  name: string,
  change: Partial<ParticipantRecord> = {},
): ParticipantRecord => ({
  id: `par_${unique()}` as ParticipantId,
  federation,
  name,
  joinedAt: START,
  leftAt: null,
  lastSeenAt: null,
  samples: null,
  backend: null,
  clientVersion: null,
  roundsCounted: 0,
  bytesUp: 0,
  bytesDown: 0,
  ...change,
})

export const someConfig = (): RunConfig =>
  runConfigSchema.parse({ model: { name: 'softmax', inputShape: [784], outputs: 10 }, rounds: 3, seed: 7 })

export function someState(run: RunId, change: Partial<Extract<RunState, { phase: 'created' }>> = {}): RunState {
  return {
    run,
    phase: 'created',
    config: someConfig(),
    round: 0,
    modelSha256: someHash(),
    modelBytes: 31_464,
    pausePending: false,
    excluded: [],
    ...change,
  }
}

export const someEvent = (value = 0.5): RunEvent => ({
  type: 'metric',
  data: { round: 1, scope: 'global', name: 'accuracy', participant: null, value },
})

export function someRun(federation: FederationId, change: Partial<NewRun['record']> = {}): NewRun {
  const id = `run_${unique()}` as RunId
  const state = someState(id)
  return {
    record: {
      id,
      federation,
      name: 'a run',
      config: someConfig(),
      state,
      stream: unique(),
      createdAt: START,
      startedAt: null,
      endedAt: null,
      createdBy: 'somebody',
      ...change,
    },
    events: [{ type: 'action', data: { action: 'create', by: 'somebody', reason: 'new', details: {} } }],
    model: { run: id, round: 0, sha256: state.modelSha256, bytes: 31_464, createdAt: START, metrics: {} },
  }
}

export const later = (seconds: number): Date => new Date(START.getTime() + seconds * 1000)

export async function storedFederation(store: Store): Promise<FederationRecord> {
  const record = someFederation()
  await store.createFederation(record)
  return record
}

/** A participant that joined by an invite, with its account. */
export async function storedParticipant(store: Store, federation: FederationId, name: string): Promise<ParticipantRecord> {
  const record = someParticipant(federation, name)
  const invite = someInvite(federation)
  await store.createInvite(invite)
  const account = someAccount({ role: 'institution', federation, participant: record.id })
  await store.redeemInvite(invite.id, START, account, record)
  return record
}

export const storedRun = async (store: Store): Promise<RunRecord> => store.createRun(someRun((await storedFederation(store)).id))

/** Of a round: one whose update counts. */
export const acceptedMember = (
  { id, name }: Pick<ParticipantRecord, 'id' | 'name'>,
  { samples, sha256, ...report }: Pick<StoredUpdate, 'samples' | 'sha256'> & Omit<StoredUpdate['report'], 'accuracy'>,
): RoundMember => ({
  id,
  name,
  status: 'accepted',
  selectedAt: 1,
  downloadedAt: 2,
  uploadedAt: 3,
  update: { sha256, bytes: 900, samples, report: { accuracy: null, ...report } },
  rejects: 0,
  reason: null,
})

/** A step that adds one event, unless told otherwise. */
export const commitOf = (run: RunRecord, change: Partial<RunCommit> = {}): RunCommit => ({
  run: run.id,
  expectedVersion: run.version,
  at: later(1),
  events: [someEvent()],
  ...change,
})
