import type { VerticalRun } from '@tributary/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { PartyWorld, type WorldOptions } from '../testing/party-world.ts'
import { plainJobRunner } from '../testing/plain-job-runner.ts'
import { smallParties } from '../testing/small-tables.ts'

let world: PartyWorld | null = null
afterEach(async () => {
  await world?.close()
  world = null
})

async function open(options: Partial<WorldOptions> = {}): Promise<PartyWorld> {
  world = await PartyWorld.open({ parties: smallParties(), jobs: plainJobRunner(), ...options })
  return world
}
const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error,
  )
const refusals = (of: PartyWorld) =>
  of.events.flatMap(({ party, event }) => (event.type === 'refused' ? [{ party, code: event.error.code }] : []))

describe('the agreement on a run', () => {
  it('ends it when an owner does not approve, for everybody and before any message', async () => {
    const { node, hub, createRun } = bound(await open({ approve: (name) => name !== 'clinic-a' }))
    const { id } = createRun()
    for (const name of ['clinic-a', 'lab-b'])
      expect(await rejection(node(name).outcome(id))).toMatchObject({ code: 'slr_refused' })
    expect(hub.run(id)).toMatchObject({ phase: 'aborted', failure: { details: { name: 'clinic-a' } } })
    expect(hub.traffic).toEqual([])
  })

  it('asks an owner once, however often the hub is asked', async () => {
    const asked: string[] = []
    const opened = await open({
      approve: (name) => {
        asked.push(name)
        return true
      },
    })
    const { id } = opened.createRun()
    for (let poll = 0; poll < 5; poll += 1) opened.hub.poll()
    await opened.node('clinic-a').outcome(id)
    expect(asked.sort()).toEqual(['clinic-a', 'keys-c', 'lab-b'])
  })

  it('waits for an owner who has not made up their mind, label party or not, and goes on at the yes', async () => {
    const consented = (name: string, { parties }: VerticalRun) => parties.find((party) => party.name === name)?.consented || null
    const opened = await open({ approve: (name, run) => (name === 'keys-c' ? true : consented(name, run)) })
    const { id } = opened.createRun()
    const until = async (phase: string, signed: number) => {
      for (let turn = 0; turn < 500; turn += 1) {
        const now = opened.hub.run(id)
        if (now.phase === phase && now.parties.filter(({ approved }) => approved).length === signed) return
        await new Promise(setImmediate)
      }
      throw new Error(`it is ${JSON.stringify(opened.hub.run(id))}`)
    }
    for (let poll = 0; poll < 5; poll += 1) opened.hub.poll()
    await until('proposed', 0)
    opened.hub.consent(id, 'lab-b')
    await until('approving', 2)
    for (let poll = 0; poll < 5; poll += 1) opened.hub.poll()
    await until('approving', 2)
    await opened.stop('clinic-a')
    opened.hub.consent(id, 'clinic-a')
    await opened.start('clinic-a')
    await opened.node('clinic-a').outcome(id)
    expect(opened.hub.run(id).phase).toBe('completed')
    const proposals = opened.events.filter(({ party, event }) => party === 'lab-b' && event.type === 'proposed')
    expect(proposals).toHaveLength(1)
    expect(refusals(opened)).toEqual([])
  })

  it.each([
    ['clinic-a', 'lab-b'],
    ['lab-b', 'clinic-a'],
    ['keys-c', 'clinic-a'],
  ])('is refused by %s when the pinned fingerprint of %s is another', async (who, whom) => {
    const opened = await open({ pins: (name, pins) => (name === who ? { ...pins, [whom]: '0'.repeat(64) } : pins) })
    const { id } = opened.createRun()
    expect(await rejection(opened.node('clinic-a').outcome(id))).not.toBeNull()
    expect(refusals(opened)).toEqual([{ party: who, code: 'party_fingerprint_unknown' }])
    expect(opened.hub.traffic).toEqual([])
  })

  it('is refused by who has not pinned a party at all', async () => {
    const opened = await open({
      pins: (name, { 'keys-c': keys = '', ...pins }) => (name === 'clinic-a' ? pins : { ...pins, 'keys-c': keys }),
    })
    const { id } = opened.createRun()
    expect(await rejection(opened.node('lab-b').outcome(id))).not.toBeNull()
    expect(refusals(opened)).toEqual([{ party: 'clinic-a', code: 'party_fingerprint_unknown' }])
  })

  it.each([
    ['more rows than there are', { minimumRows: 100 }, 'slr_too_few_rows'],
    ['fewer ids than a party has', { maximumIds: 30 }, 'psi_too_many_ids'],
    ['row weights that nobody has', { rowWeights: true }, 'slr_row_weights'],
    [
      'digits that would overflow',
      { optimiser: { name: 'gd', learningRate: 0.1 } as const, fixedPoint: { fx: 24, fu: 26 } },
      'slr_overflow_bound',
    ],
  ])('is refused when the settings ask for %s', async (_, settings, code) => {
    const opened = await open()
    const { id } = opened.createRun(settings)
    expect(await rejection(opened.node('clinic-a').outcome(id))).not.toBeNull()
    expect(refusals(opened)[0]).toEqual({ party: 'lab-b', code })
  })
})

const bound = (of: PartyWorld) => ({ node: (name: string) => of.node(name), hub: of.hub, createRun: () => of.createRun() })
