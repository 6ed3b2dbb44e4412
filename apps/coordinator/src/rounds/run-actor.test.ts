import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createdRun, type Effect, type MachineEvent, type Member, type Transition } from '@tributary/federation'
import { type ParticipantId, type RunId, TributaryError } from '@tributary/protocol'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createStore } from '../storage/create-store.ts'
import type { RunCommit, RunRecord, Store } from '../storage/store.ts'
import { someConfig, someHash, someRun, storedFederation, storedParticipant } from '../storage/store-fixtures.ts'
import { EventFeed } from './event-feed.ts'
import { RunActor } from './run-actor.ts'

/** A real store on a file; a test may hold commits back or break them. */
let folder: string
let store: Store
let record: RunRecord
let members: Member[]
let commits: RunCommit[]
let gate: (commit: RunCommit) => Promise<void>
let effects: Effect['type'][]
let looks: number
/** After a commit was written: throws when its answer is to be lost. */
let answered: () => void
let published: number[]
let reading: () => Promise<void>

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-actor-'))
  store = await createStore({ dataDir: folder })
  const federation = await storedFederation(store)
  members = []
  for (const name of ['a', 'b', 'c', 'd']) members.push({ id: (await storedParticipant(store, federation.id, name)).id, name })
  const fresh = someRun(federation.id)
  const { id } = fresh.record
  const state = createdRun(id, someConfig(), { sha256: fresh.model.sha256, bytes: 31_464 })
  record = await store.createRun({ ...fresh, record: { ...fresh.record, state } })
  commits = []
  effects = []
  looks = 0
  published = []
  reading = async () => {}
  answered = () => {}
  gate = async () => {}
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

function actorOf(): RunActor {
  const feed = new EventFeed()
  feed.subscribe(({ events }) => published.push(...events.map(({ seq }) => seq)))
  return new RunActor(record, {
    store: Object.assign(Object.create(store) as Store, {
      actionDigest: store.actionDigest.bind(store),
      run: async (id: RunId) => {
        await reading()
        return store.run(id)
      },
      events: store.events.bind(store),
      commitRun: async (commit: RunCommit) => {
        commits.push(commit)
        await gate(commit)
        const written = await store.commitRun(commit)
        answered()
        return written
      },
    }),
    feed,
    surroundings: () => ({ now: Date.now(), eligible: members, online: new Set(members.map(({ id }) => id)), lostAt: new Map() }),
    perform: (_, done) => effects.push(...done.map(({ type }) => type)),
    lookAgain: () => {
      looks += 1
    },
  })
}

const id = (index: number): ParticipantId => (members[index] as Member).id
const start: MachineEvent = { type: 'start', by: 'admin', reason: 'now' }
const stored = (index: number, sha256 = someHash()): MachineEvent => ({
  type: 'updateStored',
  round: 1,
  participant: id(index),
  update: { sha256, bytes: 500, samples: 3, report: { loss: 1, accuracy: null, seconds: 1, backend: 'wasm' } },
})

it('answers only what is durable, and takes together what came meanwhile', async () => {
  const actor = actorOf()
  await actor.dispatch(start)
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  gate = () => opened
  const told: number[] = []
  const first = actor.dispatch(stored(0)).then(() => told.push(0))
  await new Promise((resolve) => setTimeout(resolve, 20))
  const hash = someHash()
  const rest = [stored(1, hash), stored(1, hash), stored(2)].map((event, n) => actor.dispatch(event).then(() => told.push(n + 1)))
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect([told, commits.length, actor.record.version]).toEqual([[], 2, 2])
  expect(effects.filter((type) => type === 'fold')).toEqual([])
  open()
  await Promise.all([first, ...rest])
  expect(told).toEqual([0, 1, 2, 3])
  expect(commits.slice(1).map(({ updates }) => updates?.length)).toEqual([1, 2])
  expect(actor.record).toEqual(await store.run(record.id))
  expect((await store.updates(record.id, 1)).map(({ participant }) => participant).sort()).toEqual([id(0), id(1), id(2)].sort())
  expect(effects.filter((type) => type === 'fold')).toHaveLength(3)
})

it('lets an event that breaks the commit break only its own', async () => {
  const actor = actorOf()
  await actor.dispatch(start)
  const bad = someHash()
  gate = async ({ updates = [] }) => {
    if (updates.some(({ sha256 }) => sha256 === bad)) throw new Error('disk full')
  }
  const outcomes = await Promise.allSettled([stored(0), stored(1, bad), stored(2)].map((event) => actor.dispatch(event)))
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(commits.slice(1).map(({ updates }) => updates?.length)).toEqual([3, 1, 1, 1])
  expect((await store.updates(record.id, 1)).map(({ participant }) => participant).sort()).toEqual([id(0), id(2)].sort())
  expect((await actor.dispatch(stored(1))).log).not.toEqual([])
})

it('decides anew when somebody else moved the run on', async () => {
  const actor = actorOf()
  await actor.dispatch(start)
  const rival = new RunActor((await store.run(record.id)) as RunRecord, {
    store,
    feed: new EventFeed(),
    surroundings: () => ({ now: Date.now(), eligible: members, online: new Set(members.map(({ id }) => id)), lostAt: new Map() }),
    perform: () => {},
    lookAgain: () => {},
  })
  await rival.dispatch(stored(0))
  const steps = await Promise.all([stored(0), stored(1)].map((event) => actor.dispatch(event)))
  expect(steps.map(({ refusal }) => refusal?.code)).toEqual(['update_already_accepted', undefined])
  expect(actor.record).toEqual(await store.run(record.id))
  expect(await store.updates(record.id, 1)).toHaveLength(2)
})

it('does an action in its turn, alone, and once for its key', async () => {
  const actor = actorOf()
  await actor.dispatch(start)
  const pause: MachineEvent = { type: 'pause', by: 'admin', reason: 'lunch' }
  const action = { key: 'key-12345', digest: 'd', by: 'admin' }
  await Promise.all([
    actor.dispatch(stored(0)),
    actor.dispatch(stored(1)),
    actor.dispatch(pause, action),
    actor.dispatch(pause, action),
    actor.dispatch(stored(2)),
  ])
  const shape = commits.slice(1).map(({ updates = [], action: key }) => [updates.length, key?.key])
  expect(shape).toEqual([
    [2, undefined],
    [0, 'key-12345'],
    [1, undefined],
  ])
  const reused = actor.dispatch(pause, { ...action, digest: 'other' })
  await expect(reused).rejects.toEqual(expect.objectContaining({ code: 'idempotency_key_reused' }))
  const after: Transition = await actor.dispatch(pause, { ...action, key: 'key-other' })
  expect([after.log, await store.actionDigest(record.id, 'key-other')]).toEqual([[], 'd'])
})

it('gives up after some attempts when others are always faster', async () => {
  const actor = actorOf()
  gate = () => Promise.reject(new TributaryError('action_conflict', { what: 'run' }))
  await expect(actor.dispatch(start)).rejects.toEqual(expect.objectContaining({ code: 'action_conflict' }))
  expect(commits).toHaveLength(5)
})

const lost = () => {
  answered = () => {}
  throw new Error('the connection broke in COMMIT')
}
const everySeq = async () => (await store.events(record.id, { after: 1, limit: 100 })).map(({ seq }) => seq)

it('asks what is stored when an answer is lost: what was written is done, told and answered once', async () => {
  const actor = actorOf()
  answered = lost
  const steps = await Promise.all([start, stored(0)].map((event) => actor.dispatch(event)))
  expect(steps.map(({ log }) => log.length > 0)).toEqual([true, true])
  expect(actor.record).toEqual(await store.run(record.id))
  expect([commits.length, looks]).toEqual([1, 0])
  expect(effects.filter((type) => type === 'assign' || type === 'fold')).toEqual(['assign', 'fold'])
  expect(published).toEqual(await everySeq())
})

it('stays in doubt while nothing answers, refuses all that waits at once, and asks before the next event', async () => {
  const actor = actorOf()
  answered = lost
  reading = () => Promise.reject(new Error('the database is away'))
  const outcomes = await Promise.allSettled([start, stored(0), stored(1)].map((event) => actor.dispatch(event)))
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  await expect(actor.dispatch({ type: 'tick' })).rejects.toThrow('the database is away')
  expect([commits.length, looks, actor.record.version, effects]).toEqual([1, 1, 1, []])
  reading = async () => {}
  expect(await actor.dispatch({ type: 'tick' })).toMatchObject({ log: [], refusal: null })
  expect(actor.record).toEqual(await store.run(record.id))
  expect(effects.filter((type) => type === 'assign' || type === 'fold')).toEqual(['assign', 'fold', 'fold'])
  expect(published).toEqual(await everySeq())
})

it('does what the phase asks for when another wrote it, and tells what that one logged', async () => {
  const actor = actorOf()
  await actor.dispatch(start)
  for (const index of [0, 1, 2]) {
    const { version } = (await store.run(record.id)) as RunRecord
    const rival = new RunActor((await store.run(record.id)) as RunRecord, {
      store,
      feed: new EventFeed(),
      surroundings: () => ({ now: Date.now(), eligible: members, online: new Set(), lostAt: new Map() }),
      perform: () => {},
      lookAgain: () => {},
    })
    await rival.dispatch(stored(index))
    expect(rival.record.version).toBe(version + 1)
  }
  effects = []
  await actor.dispatch(stored(3))
  expect(effects).toEqual(['wake', 'assign', 'fold', 'wake', 'fold', 'wake', 'aggregate'])
  expect([looks, actor.record.state.phase]).toEqual([1, 'aggregating'])
  expect(published).toEqual(await everySeq())
})
