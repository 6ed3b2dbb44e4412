import type { RunState } from '@tributary/federation'
import type { ParticipantId, RunEvent, RunId } from '@tributary/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import { refusal } from './expected-refusal.ts'
import type { ParticipantRecord, RunRecord, Store } from './store.ts'
import type { StoreSetup } from './store-contract.ts'
import {
  commitOf,
  later,
  START,
  someEvent,
  someFederation,
  someHash,
  someRun,
  someState,
  storedFederation,
  storedParticipant,
  storedRun,
} from './store-fixtures.ts'
import type { StoredRound } from './stored-round.ts'

/** Runs and everything that a step of a run writes. */
export function runContract(setup: () => StoreSetup): void {
  describe('runs', () => {
    let store: Store
    beforeEach(() => {
      store = setup().store
    })

    it('creates a run with its first events and model', async () => {
      const { id } = await storedFederation(store)
      const fresh = someRun(id)
      const created = await store.createRun(fresh)
      expect(created).toEqual({ ...fresh.record, version: 1, headSeq: 1, metrics: {}, bytesUp: 0, bytesDown: 0 })
      expect(await store.run(created.id)).toEqual(created)
      expect(await store.models(created.id)).toEqual([fresh.model])
      expect(await store.events(created.id, { after: 0, limit: 10 })).toEqual([
        { run: created.id, stream: created.stream, seq: 1, at: START.toISOString(), event: fresh.events[0] },
      ])
      expect(await store.runsWithModel(fresh.model.sha256)).toEqual([{ run: created.id, federation: id }])
      expect(await store.runsWithModel(someHash())).toEqual([])
      expect(await store.keptModels([someHash(), fresh.model.sha256, someHash()])).toEqual(new Set([fresh.model.sha256]))
      const again = someRun(id)
      const second = await store.createRun({ ...again, model: { ...again.model, sha256: fresh.model.sha256 } })
      const third = await storedRun(store)
      const model = { ...fresh.model, run: third.id, round: 1 }
      await store.commitRun(commitOf(third, { model }))
      const owners = (await store.runsWithModel(fresh.model.sha256)).map(({ run }) => run)
      expect(owners.sort()).toEqual([created.id, second.id, third.id].sort())
    })

    it('lists runs newest first, by federation, and those that have not ended', async () => {
      const [one, other] = [await storedFederation(store), await storedFederation(store)]
      const old = await store.createRun(someRun(one.id, { createdAt: later(1) }))
      const young = await store.createRun(someRun(one.id, { createdAt: later(2) }))
      const foreign = await store.createRun(someRun(other.id, { createdAt: later(3) }))
      const ids = (runs: RunRecord[]) => runs.map((run) => run.id)
      expect(ids(await store.runs({}))).toEqual(ids([foreign, young, old]))
      expect(ids(await store.runs({ federation: one.id }))).toEqual(ids([young, old]))
      const { phase: _, ...base } = old.state
      await store.commitRun(commitOf(old, { state: { ...base, phase: 'completed' }, endedAt: later(9) }))
      expect(ids(await store.liveRuns())).toEqual(ids([young, foreign]))
      expect((await store.run(old.id))?.endedAt).toEqual(later(9))
    })

    it('writes a whole step at once', async () => {
      const { id } = await storedFederation(store)
      const member = await storedParticipant(store, id, 'hospital-a')
      const run = await store.createRun(someRun(id))
      const state = someState(run.id, { round: 1 })
      const sha256 = someHash()
      const update = {
        run: run.id,
        round: 1,
        participant: member.id,
        sha256,
        bytes: 2 ** 33 + 1,
        samples: 2 ** 34,
        acceptedAt: later(1),
      }
      const model = { run: run.id, round: 1, sha256: someHash(), bytes: 2 ** 35, createdAt: later(1), metrics: {} }
      const metrics = [
        { run: run.id, round: 1, scope: 'global' as const, participant: null, name: 'accuracy', value: 0.91 },
        { run: run.id, round: 1, scope: 'participant' as const, participant: 'hospital-a', name: 'loss', value: 0.25 },
      ]
      const step = commitOf(run, {
        state,
        updates: [update],
        model,
        metrics,
        events: [someEvent(0.1), someEvent(0.2)],
        bytesUp: 2 ** 33,
        bytesDown: 5,
        participants: [{ id: member.id, roundsCounted: 1, bytesUp: 2 ** 33, bytesDown: 7 }],
        startedAt: later(1),
        action: { key: 'key-12345', digest: 'digest', by: 'somebody' },
      })
      const { run: after, events } = await store.commitRun(step)
      expect(after).toEqual({
        ...run,
        state,
        version: 2,
        headSeq: 3,
        metrics: { accuracy: 0.91 },
        bytesUp: 2 ** 33,
        bytesDown: 5,
        startedAt: later(1),
      })
      expect(events.map((e) => e.seq)).toEqual([2, 3])
      expect(await store.events(run.id, { after: 1, limit: 10 })).toEqual(events)
      expect(await store.run(run.id)).toEqual(after)
      expect(await store.update(run.id, 1, member.id)).toEqual(update)
      expect(await store.updates(run.id, 1)).toEqual([update])
      expect(await store.update(run.id, 2, member.id)).toBeNull()
      expect((await store.models(run.id))[1]).toEqual({ ...model, metrics: { accuracy: 0.91 } })
      expect(await store.metricPoints(run.id, { scope: 'global' })).toEqual([metrics[0]])
      expect(await store.metricPoints(run.id, { scope: 'participant', name: 'loss' })).toEqual([metrics[1]])
      expect(await store.metricPoints(run.id, { scope: 'participant', name: 'accuracy' })).toEqual([])
      expect(await store.participant(member.id)).toMatchObject({ roundsCounted: 1, bytesUp: 2 ** 33, bytesDown: 7 })
      expect(await store.actionDigest(run.id, 'key-12345')).toBe('digest')
      expect(await store.actionDigest(run.id, 'key-54321')).toBeNull()
    })

    it('writes nothing of a step that fails in its middle', async () => {
      const { id } = await storedFederation(store)
      const member = await storedParticipant(store, id, 'hospital-a')
      const run = await store.createRun(someRun(id))
      const update = (sha256: string) => ({
        run: run.id,
        round: 1,
        participant: member.id,
        sha256,
        bytes: 1,
        samples: 1,
        acceptedAt: START,
      })
      const { run: second } = await store.commitRun(commitOf(run, { updates: [update(someHash())] }))
      const again = commitOf(second, { updates: [update(someHash())], bytesUp: 9, action: { key: 'k', digest: 'd', by: 'b' } })
      await expect(store.commitRun(again)).rejects.toEqual(refusal('update_already_accepted'))
      expect(await store.run(run.id)).toEqual(second)
      expect(await store.events(run.id, { after: second.headSeq, limit: 10 })).toEqual([])
      expect(await store.actionDigest(run.id, 'k')).toBeNull()
    })

    it('refuses an unknown run, an old version and a used key', async () => {
      const run = await storedRun(store)
      const action = { key: 'key-12345', digest: 'digest', by: 'somebody' }
      const { run: second } = await store.commitRun(commitOf(run, { action }))
      await expect(store.commitRun(commitOf(run))).rejects.toEqual(refusal('action_conflict'))
      await expect(store.commitRun(commitOf(second, { action }))).rejects.toEqual(refusal('idempotency_key_reused'))
      await expect(store.commitRun({ ...commitOf(run), run: 'run_00000000' as RunId })).rejects.toEqual(refusal('not_found'))
      expect(await store.run(run.id)).toEqual(second)
    })

    it('refuses text that would come back changed, and keeps all other text', async () => {
      const run = await storedRun(store)
      for (const text of ['a\u0000b', 'half \ud83d a pair']) {
        const action = { key: text, digest: 'digest', by: 'somebody' }
        await expect(store.commitRun(commitOf(run, { action }))).rejects.toEqual(refusal('bad_request'))
        await expect(store.createFederation(someFederation(text))).rejects.toEqual(refusal('bad_request'))
        await expect(store.createRun(someRun(run.federation, { name: text }))).rejects.toEqual(refusal('bad_request'))
        const member = await storedParticipant(store, run.federation, `site-${text.length}`)
        await expect(store.updateParticipant(member.id, { backend: text })).rejects.toEqual(refusal('bad_request'))
        expect(await store.participant(member.id)).toEqual(member)
      }
      const name = '\'; DROP TABLE "Run"; -- \\ %_ 医院 \ud83d\ude00\u0301\u202e\n\u001f'
      const federation = someFederation(name)
      await store.createFederation(federation)
      expect(await store.federation(federation.id)).toEqual(federation)
      expect((await store.createRun(someRun(federation.id, { name }))).name).toBe(name)
    })

    it('lets one of many commits on the same version win', async () => {
      const run = await storedRun(store)
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => store.commitRun(commitOf(run))))
      expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(1)
      for (const result of results) if (result.status === 'rejected') expect(result.reason).toEqual(refusal('action_conflict'))
      expect(await store.run(run.id)).toMatchObject({ version: 2, headSeq: 2 })
    })

    it('numbers events without a gap under concurrent writers that try again', async () => {
      const [run, other] = [await storedRun(store), await storedRun(store)]
      const write = async (id: RunId, writer: number) => {
        for (let n = 0; n < 5; n += 1) {
          for (;;) {
            const current = await store.run(id)
            if (current === null) throw new Error('run lost')
            const events = Array.from({ length: 1 + ((writer + n) % 3) }, () => someEvent(writer))
            try {
              await store.commitRun(commitOf(current, { events }))
              break
            } catch (error) {
              if ((error as { code?: string }).code !== 'action_conflict') throw error
            }
          }
        }
      }
      await Promise.all([0, 1, 2, 3, 4].flatMap((writer) => [write(run.id, writer), write(other.id, writer)]))
      for (const id of [run.id, other.id]) {
        const events = await store.events(id, { after: 0, limit: 1000 })
        expect(events.map((e) => e.seq)).toEqual(events.map((_, index) => index + 1))
        expect(await store.run(id)).toMatchObject({ version: 26, headSeq: events.length })
      }
    })

    it('adds to accounts what two runs count at the same time, each in another order', async () => {
      const { id } = await storedFederation(store)
      const members: ParticipantRecord[] = []
      for (const name of ['a', 'b', 'c', 'd', 'e']) members.push(await storedParticipant(store, id, name))
      const write = async (reversed: boolean) => {
        let run = await store.createRun(someRun(id))
        for (let n = 0; n < 10; n += 1) {
          // One stands there twice; some share their sums and some do not.
          const participants = [...members, ...members.slice(0, 1)].map((member, k) => ({
            id: member.id,
            bytesUp: 10 + (k % 2),
            roundsCounted: 1,
          }))
          run = (await store.commitRun(commitOf(run, { participants: reversed ? participants.toReversed() : participants }))).run
        }
      }
      const began = performance.now()
      await Promise.all([write(false), write(true)])
      // PostgreSQL needs a second to find a deadlock.
      expect(performance.now() - began).toBeLessThan(5_000)
      const sums = (await store.participants(id)).map(({ bytesUp, roundsCounted }) => [bytesUp, roundsCounted])
      expect(sums).toEqual([
        [20 * 21, 40],
        [20 * 11, 20],
        [20 * 10, 20],
        [20 * 11, 20],
        [20 * 10, 20],
      ])
    })

    it('keeps every kind of value through a restart', async () => {
      const run = await storedRun(store)
      const state: RunState = {
        ...someState(run.id),
        phase: 'failed',
        excluded: ['par_12345678' as ParticipantId],
        failure: {
          code: 'run_diverged',
          message: '非有限 "値" \\ \u0000 \ud83d\ude00 \n',
          nextStep: '',
          retryable: false,
          party: 'x',
          phase: 'y',
          details: { tiny: 5e-324, huge: 1.7976931348623157e308, nested: { list: [1, null, true] } },
          participants: ['a'],
        },
        open: {
          number: 1,
          openedAt: START.getTime() + 0.25,
          deadlineAt: 2 ** 52,
          overdue: true,
          target: 2,
          minimum: 1,
          modelSha256: someHash(),
          members: [],
        },
      }
      const round: StoredRound = {
        phase: 'abandoned',
        closedAt: 5,
        modelSha256: null,
        metrics: { a: 0.1 + 0.2 },
        weights: { a: 1 / 3, b: 2 / 3 },
        open: state.open ?? unreachable(),
      }
      const event: RunEvent = { type: 'run.state', data: { from: 'training', to: 'failed', reason: state.failure } }
      const { run: after } = await store.commitRun(commitOf(run, { state, round, events: [event] }))
      const again = await setup().reopen()
      try {
        expect(await again.run(run.id)).toEqual({ ...after, state })
        expect(JSON.stringify((await again.run(run.id))?.state)).toBe(JSON.stringify(state))
        expect(await again.rounds(run.id)).toEqual([round])
        expect((await again.events(run.id, { after: 1, limit: 1 }))[0]?.event).toEqual(event)
      } finally {
        await again.close()
      }
    })
  })
}

const unreachable = (): never => {
  throw new Error('unreachable')
}
