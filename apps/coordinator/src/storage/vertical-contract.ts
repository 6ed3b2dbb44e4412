import { type ProposedParty, proposedEvents, proposedHubRun } from '@tributary/federation'
import { type FederationId, fingerprintOf, type ParticipantId, type RunId, verticalSettingsSchema } from '@tributary/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import { refusal } from './expected-refusal.ts'
import type { Store } from './store.ts'
import type { StoreSetup } from './store-contract.ts'
import { later, START, someHash, storedFederation, storedParticipant } from './store-fixtures.ts'
import type { MailRecord, VerticalCommit, VerticalRunRecord } from './vertical-store.ts'

const keysOf = (name: string) => ({ signing: name.padEnd(43, 's'), sealing: name.padEnd(43, 'x') })
const names = ['alder', 'birch', 'cedar'] as const
const roles = { alder: 'feature', birch: 'label', cedar: 'key-service' } as const

const proposedParties = names.map(
  (name): ProposedParty => ({
    name,
    participant: `par_${name.padEnd(8, '0')}` as ParticipantId,
    role: roles[name],
    keys: keysOf(name),
    fingerprint: fingerprintOf(keysOf(name)),
    rows: 10,
    features: 1,
  }),
)

/** Parties, vertical runs and their mail. */
export function verticalContract(setup: () => StoreSetup): void {
  describe('vertical runs', () => {
    let store: Store
    let federation: FederationId
    let count = 0
    beforeEach(async () => {
      store = setup().store
      federation = (await storedFederation(store)).id
    })

    const created = async (at = START): Promise<VerticalRunRecord> => {
      count += 1
      const id = `run_vertical${String(count).padStart(8, '0')}` as RunId
      const state = proposedHubRun(id, verticalSettingsSchema.parse({}), proposedParties)
      const record = { id, federation, name: 'a run', state, stream: `stream ${count}`, createdAt: at, createdBy: 'somebody' }
      return (await store.vertical.createRun(record, proposedEvents('somebody'))).run
    }
    const mailOf = (cursor: number, change: Partial<MailRecord> = {}): NonNullable<VerticalCommit['mail']> => ({
      from: 'alder',
      to: 'birch',
      cursor,
      seq: cursor,
      kind: 'u',
      step: 0,
      sha256: someHash(),
      prevHash: someHash(),
      bytes: 2 ** 31,
      ...change,
    })
    const commitOf = (run: VerticalRunRecord, change: Partial<VerticalCommit> = {}): VerticalCommit => ({
      run: run.id,
      expectedVersion: run.version,
      at: later(1),
      state: run.state,
      events: [{ type: 'vertical.approved', data: { name: 'alder' } }],
      ...change,
    })

    it('keeps a party with the keys that it first had', async () => {
      const [alder, birch] = [
        await storedParticipant(store, federation, 'alder'),
        await storedParticipant(store, federation, 'birch'),
      ]
      const place = {
        participant: birch.id,
        federation,
        role: 'label' as const,
        keys: keysOf('b'),
        rows: 10,
        features: 0,
        registeredAt: START,
      }
      const registered = await store.vertical.registerParty(place)
      expect(registered).toEqual({ ...place, name: 'birch', leftAt: null })
      await store.vertical.registerParty({
        ...place,
        participant: alder.id,
        keys: keysOf('a'),
        role: 'key-service',
        rows: null,
        features: null,
      })
      const changed = { ...place, role: 'feature' as const, rows: 20, features: 3 }
      expect(await store.vertical.registerParty({ ...changed, registeredAt: later(9) })).toEqual({
        ...changed,
        name: 'birch',
        leftAt: null,
      })
      for (const keys of [keysOf('c'), { ...keysOf('b'), sealing: keysOf('c').sealing }])
        await expect(store.vertical.registerParty({ ...changed, keys })).rejects.toEqual(refusal('party_keys_fixed'))
      expect((await store.vertical.parties(federation)).map(({ name, rows }) => [name, rows])).toEqual([
        ['alder', null],
        ['birch', 20],
      ])
      await store.updateParticipant(alder.id, { leftAt: later(1) })
      expect((await store.vertical.parties(federation)).map(({ name }) => name)).toEqual(['birch'])
      expect(await store.vertical.parties('fed_00000000' as FederationId)).toEqual([])
    })

    it('registers once when asked twice at the same moment', async () => {
      const { id } = await storedParticipant(store, federation, 'alder')
      const place = { participant: id, federation, role: 'feature' as const, rows: 1, features: 1, registeredAt: START }
      const results = await Promise.allSettled(
        ['a', 'b'].map((name) => store.vertical.registerParty({ ...place, keys: keysOf(name) })),
      )
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      expect(results.find((result) => result.status === 'rejected')?.reason).toEqual(refusal('party_keys_fixed'))
    })

    it('creates a run with its first events, and finds it after a restart', async () => {
      const run = await created()
      expect(run).toMatchObject({ version: 1, headSeq: 2, startedAt: null, endedAt: null })
      const again = await setup().reopen()
      expect(await again.vertical.run(run.id)).toEqual(run)
      expect(
        (await again.vertical.events(run.id, { after: 0, limit: 10 })).map(({ seq, stream, event }) => [seq, stream, event.type]),
      ).toEqual([
        [1, run.stream, 'vertical.action'],
        [2, run.stream, 'vertical.state'],
      ])
      await again.close()
      expect(await store.vertical.run('run_nothing00' as RunId)).toBeNull()
    })

    it('lists runs newest first, and those that matter now', async () => {
      const [old, ended, fresh] = [await created(later(1)), await created(later(2)), await created(later(3))]
      await store.vertical.commit(commitOf(ended, { at: later(50), state: { ...ended.state, phase: 'aborted' } }))
      expect((await store.vertical.runs({ federation })).map(({ id }) => id)).toEqual([fresh.id, ended.id, old.id])
      expect((await store.vertical.runs({})).length).toBeGreaterThanOrEqual(3)
      expect((await store.vertical.recentRuns(federation, later(40))).map(({ id }) => id)).toEqual([fresh.id, ended.id, old.id])
      expect((await store.vertical.recentRuns(federation, later(60))).map(({ id }) => id)).toEqual([fresh.id, old.id])
      expect(await store.vertical.runs({ federation: 'fed_00000000' as FederationId })).toEqual([])
    })

    it('writes a step whole: state, gapless events, mail, what is done once', async () => {
      const run = await created()
      const mail = mailOf(1)
      const step = commitOf(run, {
        mail,
        once: { key: 'k', digest: 'd', by: 'cedar' },
        state: { ...run.state, phase: 'running' },
      })
      const { run: after, events } = await store.vertical.commit(step)
      expect(after).toMatchObject({ version: 2, headSeq: 3, startedAt: later(1), endedAt: null, state: { phase: 'running' } })
      expect(events.map(({ seq, at }) => [seq, at])).toEqual([[3, later(1).toISOString()]])
      expect(await store.vertical.run(run.id)).toEqual(after)
      const stored = { ...mail, run: run.id, at: later(1) }
      expect(await store.vertical.inbox(run.id, 'birch', { after: 0, limit: 10 })).toEqual([stored])
      expect(await store.vertical.mail(run.id, mail.sha256)).toEqual(stored)
      expect(await store.vertical.mailAt(run.id, 'alder', 'birch', 1)).toEqual(stored)
      expect(await store.vertical.mailAt(run.id, 'birch', 'alder', 1)).toBeNull()
      expect(await store.vertical.onceDigest(run.id, 'k')).toBe('d')
      expect(await store.vertical.onceDigest(run.id, 'other')).toBeNull()
      const ended = await store.vertical.commit(commitOf(after, { at: later(9), state: { ...after.state, phase: 'completed' } }))
      expect(ended.run).toMatchObject({ startedAt: later(1), endedAt: later(9) })
    })

    it('lists runs of all federations that have not ended', async () => {
      const [ended, going, other] = [await created(), await created(), await created()]
      await store.vertical.commit(commitOf(ended, { at: later(9), state: { ...ended.state, phase: 'aborted' } }))
      const live = (await store.vertical.liveRuns()).map(({ id }) => id)
      expect(live).toEqual(expect.arrayContaining([going.id, other.id]))
      expect(live).not.toContain(ended.id)
    })

    it('refuses a step on an old version, and a key that is spent, and writes nothing of it', async () => {
      const run = await created()
      const first = commitOf(run, { once: { key: 'k', digest: 'd', by: 'cedar' } })
      const { run: after } = await store.vertical.commit(first)
      await expect(store.vertical.commit(commitOf(run, { mail: mailOf(1) }))).rejects.toEqual(refusal('action_conflict'))
      await expect(store.vertical.commit({ ...first, expectedVersion: after.version })).rejects.toEqual(
        refusal('idempotency_key_reused'),
      )
      await expect(store.vertical.commit(commitOf({ ...run, id: 'run_nothing00' as RunId }))).rejects.toEqual(
        refusal('not_found'),
      )
      expect(await store.vertical.inbox(run.id, 'birch', { after: 0, limit: 10 })).toEqual([])
      expect(await store.vertical.run(run.id)).toEqual(after)
      expect(await store.vertical.events(run.id, { after: 0, limit: 10 })).toHaveLength(3)
    })

    it('lets one of several steps on one version win', async () => {
      const run = await created()
      const results = await Promise.allSettled([1, 2, 3, 4].map(() => store.vertical.commit(commitOf(run, { mail: mailOf(1) }))))
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      for (const result of results) if (result.status === 'rejected') expect(result.reason).toEqual(refusal('action_conflict'))
      expect(await store.vertical.inbox(run.id, 'birch', { after: 0, limit: 10 })).toHaveLength(1)
    })

    it('pages through mail and events', async () => {
      let run = await created()
      for (const cursor of [1, 2, 3, 4]) ({ run } = await store.vertical.commit(commitOf(run, { mail: mailOf(cursor) })))
      ;({ run } = await store.vertical.commit(commitOf(run, { mail: mailOf(1, { to: 'cedar', seq: 1 }) })))
      const cursors = async (after: number, limit: number) =>
        (await store.vertical.inbox(run.id, 'birch', { after, limit })).map(({ cursor }) => cursor)
      expect([await cursors(0, 10), await cursors(1, 2), await cursors(4, 5)]).toEqual([[1, 2, 3, 4], [2, 3], []])
      expect((await store.vertical.lastMail(run.id, 'alder', 'birch'))?.seq).toBe(4)
      expect((await store.vertical.lastMail(run.id, 'alder', 'cedar'))?.seq).toBe(1)
      expect(await store.vertical.lastMail(run.id, 'cedar', 'alder')).toBeNull()
      const page = await store.vertical.events(run.id, { after: 2, before: 5, limit: 10 })
      expect(page.map(({ seq }) => seq)).toEqual([3, 4])
    })

    it('finds mail that need not be kept, and only that', async () => {
      let run = await created()
      for (const cursor of [1, 2, 3]) ({ run } = await store.vertical.commit(commitOf(run, { mail: mailOf(cursor) })))
      await store.vertical.holdMail(run.id, 'birch', 2)
      await store.vertical.holdMail(run.id, 'birch', 1)
      expect(await store.vertical.removableMail({ before: later(1_000), limit: 10 })).toEqual([])
      ;({ run } = await store.vertical.commit(commitOf(run, { at: later(100), state: { ...run.state, phase: 'aborted' } })))
      const removable = await store.vertical.removableMail({ before: later(100), limit: 10 })
      expect(removable.map(({ run: of, cursor }) => [of, cursor])).toEqual([
        [run.id, 1],
        [run.id, 2],
      ])
      expect((await store.vertical.removableMail({ before: later(101), limit: 10 })).map(({ cursor }) => cursor)).toEqual([
        1, 2, 3,
      ])
      expect(await store.vertical.removableMail({ before: later(101), limit: 1 })).toHaveLength(1)
      const other = await created()
      expect(await store.vertical.removableMail({ before: later(101), limit: 10, run: other.id })).toEqual([])
      expect(await store.vertical.removableMail({ before: later(101), limit: 10, run: run.id })).toHaveLength(3)
      await store.vertical.markRemoved(removable)
      expect((await store.vertical.inbox(run.id, 'birch', { after: 0, limit: 10 })).map(({ cursor }) => cursor)).toEqual([3])
      const [gone] = removable
      if (gone === undefined) throw new Error('two are removed')
      expect(await store.vertical.mail(run.id, gone.sha256)).toBeNull()
      // Its place stays known: the same bytes again are no news, others are a fork.
      expect((await store.vertical.mailAt(run.id, 'alder', 'birch', 1))?.sha256).toBe(gone.sha256)
      expect(await store.vertical.removableMail({ before: later(100), limit: 10 })).toEqual([])
      const kept = await store.vertical.lastMail(run.id, 'alder', 'birch')
      const hashes = [gone.sha256, kept?.sha256 ?? '', someHash()]
      expect(await store.vertical.keptMail(hashes)).toEqual(new Set([kept?.sha256]))
    })
  })
}
