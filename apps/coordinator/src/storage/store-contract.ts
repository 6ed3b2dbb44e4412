import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accessContract } from './access-contract.ts'
import { accountsContract } from './accounts-contract.ts'
import { historyContract } from './history-contract.ts'
import { runContract } from './run-contract.ts'
import { sessionsContract } from './sessions-contract.ts'
import type { Store } from './store.ts'
import { commitOf, someFederation, storedRun } from './store-fixtures.ts'
import { verticalContract } from './vertical-contract.ts'

export interface StoreSetup {
  store: Store
  /** Another handle on the same data, as after a restart; the caller closes it. */
  reopen(): Promise<Store>
  remove(): Promise<void>
}

/** What every store must do. `setup` gives an empty one for each test. */
export function runStoreContract(name: string, setup: () => Promise<StoreSetup>): void {
  describe(`store on ${name}`, () => {
    let at: StoreSetup
    let store: Store
    beforeEach(async () => {
      at = await setup()
      store = at.store
    })
    afterEach(async () => {
      await store.close()
      await at.remove()
    })

    accessContract(() => at)
    accountsContract(() => at)
    sessionsContract(() => at)
    runContract(() => at)
    historyContract(() => at)
    verticalContract(() => at)

    it('leaves the event loop its turns', async () => {
      const run = await storedRun(store)
      let turns = 0
      let going = true
      const tick = () => {
        turns += 1
        if (going) setImmediate(tick)
      }
      setImmediate(tick)
      for (let n = 0; n < 50; n += 1) await store.run(run.id)
      going = false
      expect(turns).toBeGreaterThanOrEqual(50)
    })

    it('answers a ping', async () => {
      await expect(store.ping()).resolves.toBeUndefined()
    })

    it('ends what is under way when it is closed, and takes nothing more', async () => {
      const run = await storedRun(store)
      const federations = [someFederation(), someFederation()]
      const creating = federations.map((federation) => store.createFederation(federation))
      await store.close()
      await Promise.all(creating)

      const late = [
        () => store.ping(),
        () => store.createFederation(someFederation()),
        () => store.commitRun(commitOf(run)),
        () => store.people.userByName('ada'),
        () => store.vertical.liveRuns(),
      ]
      for (const call of late) await expect(call()).rejects.toThrow('the store is closed')
      const again = await at.reopen()
      const ids = (await again.federations()).map(({ id }) => id)
      expect(ids).toEqual(expect.arrayContaining(federations.map(({ id }) => id)))
      expect(ids).toHaveLength(3)
      expect((await again.run(run.id))?.version).toBe(run.version)
      await again.close()
    })
  })
}
