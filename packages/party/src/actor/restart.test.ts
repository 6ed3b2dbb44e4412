import type { PartyOutcome } from '@tributary/federation'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { PartyEvent } from '../node/party-event.ts'
import { type Death, DyingDatabase, Fate } from '../testing/dying-database.ts'
import { PartyWorld } from '../testing/party-world.ts'
import { plainJobRunner } from '../testing/plain-job-runner.ts'
import { smallParties } from '../testing/small-tables.ts'

const NAMES = ['clinic-a', 'lab-b', 'keys-c'] as const
const DATA_PARTIES = ['clinic-a', 'lab-b'] as const

/** Parties that die at every commit and come back; the test waits until both have their weights. */
async function runWithDeaths(death: Death): Promise<{ outcomes: PartyOutcome[]; world: PartyWorld; fates: Map<string, Fate> }> {
  const fates = new Map<string, Fate>(NAMES.map((name) => [name, new Fate(death)]))
  // Enrolment is not part of what is tested.
  let enrolled = false
  const restarts = new Map<string, Promise<unknown>>()
  const onEvent = (name: string, event: PartyEvent) => {
    const isDeath = (event.type === 'error' || event.type === 'dropped') && event.error.message.includes('Killed')
    if (isDeath && !restarts.has(name))
      restarts.set(
        name,
        restart(name).finally(() => restarts.delete(name)),
      )
  }
  const world = await PartyWorld.enrol({
    parties: smallParties(),
    jobs: plainJobRunner(),
    onEvent,
    openDatabase: (name, folder) => new DyingDatabase(folder, (enrolled ? fates.get(name) : null) ?? new Fate(null)),
  })
  async function restart(name: string): Promise<void> {
    await new Promise(setImmediate)
    await world.restart(name)
  }
  enrolled = true
  for (const name of NAMES) await world.start(name)
  const { id } = world.createRun()
  const outcomeOf = (name: string) => {
    try {
      return world.store(name)?.run(id).outcome() ?? null
    } catch {
      // Closed for a restart at this moment.
      return null
    }
  }
  while (DATA_PARTIES.some((name) => outcomeOf(name) === null) || restarts.size > 0)
    await new Promise((resolve) => setTimeout(resolve, 20))
  return { outcomes: DATA_PARTIES.map((name) => outcomeOf(name)).filter((outcome) => outcome !== null), world, fates }
}

let world: PartyWorld | null = null
afterEach(async () => {
  await world?.close()
  world = null
})

describe('a run whose processes die', () => {
  let undisturbed: readonly PartyOutcome[]

  beforeAll(async () => {
    const calm = await PartyWorld.open({ parties: smallParties(), jobs: plainJobRunner() })
    const { id } = calm.createRun()
    undisturbed = await Promise.all(DATA_PARTIES.map((name) => calm.node(name).outcome(id)))
    await calm.close()
  }, 60_000)

  it.each<Death>(['before', 'after'])(
    'once %s each commit and each sent message gives the same weights, bit for bit',
    async (death) => {
      const result = await runWithDeaths(death)
      world = result.world
      expect(result.outcomes).toEqual(undisturbed)
      for (const fate of result.fates.values()) expect(fate.deaths).toBeGreaterThan(30)
      // The hub refuses other bytes for a place that is taken, and says so.
      const codes = world.events.flatMap(({ event }) => ('error' in event ? [event.error.code] : []))
      expect(codes).not.toContain('slr_equivocation')
      const places = world.hub.traffic.map(({ from, to, seq }) => `${from} ${to} ${seq}`)
      expect(new Set(places).size).toBe(places.length)
    },
    120_000,
  )
})
