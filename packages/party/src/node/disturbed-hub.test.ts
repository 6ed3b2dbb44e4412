import { setTimeout as sleep } from 'node:timers/promises'
import type { PartyOutcome } from '@tributary/federation'
import type { Mail } from '@tributary/protocol'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Fault, MemoryHubOptions } from '../testing/memory-hub.ts'
import { PartyWorld } from '../testing/party-world.ts'
import { plainJobRunner } from '../testing/plain-job-runner.ts'
import { smallParties } from '../testing/small-tables.ts'

let world: PartyWorld | null = null
afterEach(async () => {
  await world?.close()
  world = null
})

async function open(hub: MemoryHubOptions = {}): Promise<PartyWorld> {
  world = await PartyWorld.open({ parties: smallParties(), jobs: plainJobRunner(), hub })
  return world
}
const outcomes = async (of: PartyWorld, run: string) =>
  Promise.all([of.node('clinic-a').outcome(run), of.node('lab-b').outcome(run)])

/** Numbers in [0, 1) that are the same in each run. */
function lehmer(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

describe('a run over a hub that misbehaves', () => {
  let calm: readonly PartyOutcome[]
  beforeAll(async () => {
    const quiet = await PartyWorld.open({ parties: smallParties(), jobs: plainJobRunner() })
    calm = await outcomes(quiet, quiet.createRun().id)
    await quiet.close()
  }, 60_000)

  it('gives the same weights when calls and answers are lost and calls are repeated', async () => {
    const random = lehmer(7)
    const faults: Fault[] = ['lostRequest', 'lostAnswer', 'repeated']
    const met: Record<string, number> = {}
    const fault = (): Fault => {
      const draw = random()
      const one = draw < 0.15 ? (faults[Math.floor(draw * 20)] ?? 'none') : 'none'
      met[one] = (met[one] ?? 0) + 1
      return one
    }
    const opened = await open({ fault })
    expect(await outcomes(opened, opened.createRun().id)).toEqual(calm)
    for (const one of faults) expect(met[one]).toBeGreaterThan(5)
  }, 60_000)

  it('gives the same weights when mail is handed out in another order and twice', async () => {
    const random = lehmer(11)
    const inbox = (mail: readonly Mail[]): readonly Mail[] =>
      [...mail, ...mail.filter(() => random() < 0.3)]
        .map((one) => ({ one, key: random() }))
        .sort((a, b) => a.key - b.key)
        .map(({ one }) => one)
    const opened = await open({ inbox })
    expect(await outcomes(opened, opened.createRun().id)).toEqual(calm)
  }, 60_000)

  it('stands still while it is paused, and goes on to the same weights', async () => {
    let opened: PartyWorld | null = null
    let id = ''
    let paused: Promise<{ isStill: boolean; sent: number }> | null = null
    const before = async ({ method }: { method: string }) => {
      if (opened === null || paused !== null || method !== 'send' || opened.hub.traffic.length < 30) return
      const hub = opened.hub
      hub.act(id, 'pause')
      paused = (async () => {
        // What was under way when the pause came is still sent.
        await sleep(1_500)
        let still = -1
        for (let tries = 0; tries < 20 && still !== hub.traffic.length; tries += 1) {
          still = hub.traffic.length
          await sleep(300)
        }
        const isStill = still === hub.traffic.length
        hub.act(id, 'resume')
        return { isStill, sent: still }
      })()
    }
    opened = await open({ before })
    id = opened.createRun().id
    expect(await outcomes(opened, id)).toEqual(calm)
    const atRest = await (paused as Promise<{ isStill: boolean; sent: number }> | null)
    expect(atRest?.isStill).toBe(true)
    // The rest of the run came after the pause, not in it.
    expect(opened.hub.traffic.length).toBeGreaterThan((atRest?.sent ?? 0) + 10)
  }, 60_000)

  it('ends for all when one party aborts', async () => {
    const opened = await open()
    const { id } = opened.createRun()
    const ends = ['clinic-a', 'lab-b'].map((name) =>
      opened
        .node(name)
        .outcome(id)
        .then(
          () => null,
          (error: unknown) => error,
        ),
    )
    while (opened.hub.traffic.length < 10) await new Promise((resolve) => setTimeout(resolve, 10))
    await opened.node('clinic-a').abort(id, 'the owner has second thoughts')
    for (const end of await Promise.all(ends)) expect(end).toMatchObject({ code: 'slr_aborted' })
    expect(opened.hub.run(id).phase).toBe('aborted')
  }, 60_000)
})
