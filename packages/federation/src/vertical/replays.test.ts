import { messageKindSchema } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import type { VerticalMachineEvent } from './effects.ts'
import type { JobResult } from './jobs.ts'
import { keyServiceTable } from './key-service/table.ts'
import { partyTable } from './party/table.ts'
import { MockRandom } from './testing/mock-random.ts'
import { smallRun } from './testing/random-run.ts'
import { type Delivery, World } from './testing/world.ts'

const options = { features: [2, 1], labelFeatures: 2, rows: 70 } as const
const weightsOf = (world: World) => ['host-a', 'host-b', 'guest'].map((name) => world.outcomes.get(name)?.weights)

describe('mail that was taken before, as a new message, at any later moment', () => {
  it('changes no machine and is answered by nobody', () => {
    const run = smallRun(options)
    const undisturbed = weightsOf(new World({ ...run, seed: 8 }).run())
    for (const seed of [1, 2, 3]) {
      const random = new MockRandom(seed)
      const world = new World({ ...run, seed: 8 })
      for (const { name } of run.manifest.parties) world.send(name, { type: 'begin' })
      const taken = new Set<Delivery>()
      let replayed = 0
      while (world.step()) {
        for (const mail of world.sent) if (!world.process(mail.to).inbox.includes(mail)) taken.add(mail)
        if (taken.size === 0 || random.below(3) > 0) continue
        const mail = random.pick([...taken])
        const before = world.rawState(mail.to)
        const sent = world.sent.length
        world.forge(mail)
        replayed += 1
        expect(world.rawState(mail.to)).toBe(before)
        expect(world.sent.length).toBe(sent)
      }
      expect(replayed).toBeGreaterThan(50)
      expect(weightsOf(world)).toEqual(undisturbed)
    }
  })
})

describe('every phase by every event', () => {
  it('has a cell in both tables', () => {
    const columns = (table: object) => Object.values(table).map((row: object) => Object.keys(row).sort())
    for (const table of [partyTable, keyServiceTable]) {
      const [first, ...others] = columns(table)
      for (const row of others) expect(row).toEqual(first)
    }
    expect(Object.keys(partyTable)).toHaveLength(13)
    expect(Object.keys(keyServiceTable)).toHaveLength(8)
  })

  it('out of place changes nothing, in every phase that a run passes', () => {
    const run = smallRun(options)
    const seen = new Map<string, string>()
    const world = new World({ ...run, seed: 8 })
    const bodies = new Map<string, Delivery>()
    for (const { name } of run.manifest.parties) world.send(name, { type: 'begin' })
    const visit = () => {
      for (const { name } of run.manifest.parties) {
        const state = name === 'keys' ? world.keyService() : world.party(name)
        const place = `${name} ${state.phase}`
        if (seen.has(place)) continue
        seen.set(place, world.rawState(name))
        for (const event of strangeEvents(world, name, bodies)) {
          const machine = world.process(name).machine
          const after = machine.transition(world.rawState(name), event, world.surroundings(name))
          expect({ place, event: event.type, state: after.state, effects: after.effects }).toEqual({
            place,
            event: event.type,
            state: world.rawState(name),
            effects: [],
          })
        }
      }
    }
    visit()
    while (world.step()) {
      for (const mail of world.sent) bodies.set(mail.content.kind, mail)
      visit()
    }
    const phases = (name: string) => [...seen.keys()].filter((place) => place.startsWith(`${name} `)).length
    // All of the feature party's phases but the label party's two and the aborted one; and so on.
    expect({ a: phases('host-a'), guest: phases('guest'), keys: phases('keys') }).toEqual({ a: 10, guest: 10, keys: 6 })
  })
})

/** Mail of a step that never comes, from a stranger to the slot; results and failures of jobs that nobody asked for. */
function strangeEvents(world: World, me: string, bodies: ReadonlyMap<string, Delivery>): VerticalMachineEvent[] {
  const events: VerticalMachineEvent[] = []
  for (const kind of messageKindSchema.options) {
    const mail = bodies.get(kind)
    if (mail === undefined || kind === 'abort' || kind === 'predict') continue
    for (const from of world.manifest.parties.map(({ name }) => name)) {
      if (from === me) continue
      events.push({
        type: 'message',
        from,
        step: 77,
        ref: 'ff'.repeat(32),
        content: { kind, body: mail.content.body, partBytes: [1], partsSha256: 'ff'.repeat(32) },
      })
    }
  }
  const results: JobResult[] = [
    { kind: 'encrypt', parts: [] },
    { kind: 'combine', parts: [] },
    { kind: 'request', parts: [], maskSums: [] },
    { kind: 'keygen', parts: [], publicKeySha256: '00'.repeat(32) },
    { kind: 'open', numbers: [], ciphertextsSha256: '00'.repeat(32) },
    { kind: 'predict-sum', sums: [] },
  ]
  for (const result of results) events.push({ type: 'jobDone', job: 'nobody-asked', result })
  events.push({ type: 'lost', blob: 'never-kept' }, { type: 'tick' }, { type: 'resumed' })
  return events
}
