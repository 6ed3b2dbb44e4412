import type { RunId } from '@tributary/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Store } from './store.ts'
import type { StoreSetup } from './store-contract.ts'
import { commitOf, someEvent, storedRun } from './store-fixtures.ts'
import type { StoredRound } from './stored-round.ts'

/** What is read of a run: events, metrics, rounds. */
export function historyContract(setup: () => StoreSetup): void {
  describe('the history of a run', () => {
    let store: Store
    beforeEach(() => {
      store = setup().store
    })

    it('gives pages of events', async () => {
      const run = await storedRun(store)
      await store.commitRun(commitOf(run, { events: Array.from({ length: 9 }, (_, n) => someEvent(n)) }))
      const seqs = async (range: Parameters<Store['events']>[1]) => (await store.events(run.id, range)).map((e) => e.seq)
      expect(await seqs({ after: 0, limit: 3 })).toEqual([1, 2, 3])
      expect(await seqs({ after: 4, before: 8, limit: 100 })).toEqual([5, 6, 7])
      expect(await seqs({ after: 10, limit: 100 })).toEqual([])
      expect(await store.events('run_00000000' as RunId, { after: 0, limit: 5 })).toEqual([])
    })

    it('replaces a round and a metric that are written again', async () => {
      const run = await storedRun(store)
      const point = (value: number) => [
        { run: run.id, round: 0, scope: 'global' as const, participant: null, name: 'loss', value },
      ]
      const { run: second } = await store.commitRun(commitOf(run, { metrics: point(2) }))
      const { run: third } = await store.commitRun(commitOf(second, { metrics: [...point(1.5), ...point(1)] }))
      expect(third.metrics).toEqual({ loss: 1 })
      expect(await store.metricPoints(run.id, { scope: 'global' })).toEqual(point(1))
      expect((await store.models(run.id))[0]?.metrics).toEqual({ loss: 1 })
    })

    it('gives metrics as curves with every digit, and rounds one by one', async () => {
      const run = await storedRun(store)
      const values = [0.1 + 0.2, 5e-324, 1.7976931348623157e308, -0.1, 1 / 3, 2, 123456789.12345679, 1e21]
      const metrics = values.flatMap((value, index) => [
        { run: run.id, round: 2 * index, scope: 'global' as const, participant: null, name: 'loss', value },
        { run: run.id, round: 2 * index, scope: 'participant' as const, participant: 'a', name: 'loss', value: -value },
        { run: run.id, round: index, scope: 'participant' as const, participant: 'b', name: 'accuracy', value },
      ])
      const { run: next } = await store.commitRun(commitOf(run, { metrics: metrics.toReversed() }))
      const even = values.map((_, index) => 2 * index)
      const odd = values.map((_, index) => index)
      const loss = { name: 'loss', participant: null, rounds: even, values }
      const ofA = { name: 'loss', participant: 'a', rounds: even, values: values.map((value) => -value) }
      const ofB = { name: 'accuracy', participant: 'b', rounds: odd, values }
      expect(await store.metricCurves(run.id, { scope: 'global' })).toEqual([loss])
      expect(await store.metricCurves(run.id, { scope: 'participant' })).toEqual([ofB, ofA])
      expect(await store.metricCurves(run.id, { scope: 'participant', participant: 'a' })).toEqual([ofA])
      expect(await store.metricCurves(run.id, { scope: 'participant', name: 'loss', participant: 'b' })).toEqual([])
      expect(await store.metricCurves(run.id, { scope: 'global', from: 3, to: 6 })).toEqual([
        { ...loss, rounds: [4, 6], values: values.slice(2, 4) },
      ])

      const open = { number: 1, openedAt: 1, deadlineAt: 2, overdue: false, target: 1, minimum: 1, modelSha256: '', members: [] }
      const account = (number: number): StoredRound => ({
        phase: 'closed',
        closedAt: number,
        modelSha256: null,
        metrics: {},
        weights: {},
        open: { ...open, number },
      })
      let at = next
      for (const number of [1, 2, 3, 4]) ({ run: at } = await store.commitRun(commitOf(at, { round: account(number) })))
      expect(await store.rounds(run.id, { after: 1, limit: 2 })).toEqual([account(2), account(3)])
      expect(await store.rounds(run.id, { after: 4, limit: 2 })).toEqual([])
      expect(await store.round(run.id, 3)).toEqual(account(3))
      expect(await store.round(run.id, 5)).toBeNull()
    })

    it('writes a step with many metrics', async () => {
      const run = await storedRun(store)
      const metrics = Array.from({ length: 1_000 }, (_, n) => ({
        run: run.id,
        round: 1,
        scope: 'participant' as const,
        participant: `site-${String(n).padStart(4, '0')}`,
        name: 'loss',
        value: n / 7,
      }))
      await store.commitRun(commitOf(run, { metrics }))
      expect(await store.metricPoints(run.id, { scope: 'participant' })).toEqual(metrics)
    })
  })
}
