import { describe, expect, it } from 'vitest'
import { smallRun } from './testing/random-run.ts'
import { type Kill, World, type WorldOptions } from './testing/world.ts'

const options = { features: [2, 1], labelFeatures: 2, rows: 70 } as const
const names = ['host-a', 'host-b', 'guest', 'keys'] as const

function play(extra: Partial<WorldOptions> = {}, optimiser: 'pcg' | 'nesterov' = 'pcg') {
  const run = smallRun({ ...options, settings: { optimiser: { name: optimiser } } })
  const world = new World({ ...run, seed: 5, ...extra }).run()
  return { world, weights: weightsOf(world) }
}

const weightsOf = (world: World) => names.map((name) => world.outcomes.get(name)?.weights ?? null)

/** Numbers opened for a party under each key: no key opens twice. */
function openings(world: World): readonly string[] {
  return world.audit.filter(({ record }) => record.kind === 'opening').map(({ record }) => `${record.keyId} ${record.party}`)
}

function expectWholeLog(world: World): void {
  world.audit.forEach(({ record }, index) => {
    expect(record.seq).toBe(index + 1)
    expect(record.prev).toBe(world.audit[index - 1]?.hash ?? '0'.repeat(64))
  })
  expect(new Set(openings(world)).size).toBe(openings(world).length)
}

describe('kills', () => {
  const undisturbed = play()

  it('the undisturbed run is done', () => {
    expect(undisturbed.world.outcomes.size).toBe(3)
    expectWholeLog(undisturbed.world)
  })

  const everyPersist = (_: string, persist: number): Kill => (persist % 2 === 0 ? 'before' : 'after')

  it('of everybody, before and after every persist, change no bit of the weights and open nothing twice', () => {
    const { world, weights } = play({ kill: everyPersist })
    expect(weights).toEqual(undisturbed.weights)
    expect(openings(world).length).toBe(openings(undisturbed.world).length)
    expectWholeLog(world)
    expect(world.refusals).toEqual([])
    for (const name of names) expect(world.persists(name)).toBe(2 * undisturbed.world.persists(name))
  })

  it.each(names)('of %s alone, before and after every persist, change no bit of the weights', (victim) => {
    const { world, weights } = play({ kill: (party, persist) => (party === victim ? everyPersist(party, persist) : null) })
    expect(weights).toEqual(undisturbed.weights)
    expectWholeLog(world)
  })

  it.each(names)('of %s at one single persist after the other', (victim) => {
    const persists = undisturbed.world.persists(victim)
    expect(persists).toBeGreaterThan(20)
    // Every thirteenth, before and after in turn: the run above covers all of them together.
    for (let at = 1; at < persists; at += 13) {
      const kill = at % 2 === 0 ? 'before' : 'after'
      const { weights } = play({ kill: (party, persist) => (party === victim && persist === at ? kill : null) })
      expect(weights).toEqual(undisturbed.weights)
    }
  })

  it('change nothing for nesterov either', () => {
    expect(play({ kill: everyPersist }, 'nesterov').weights).toEqual(play({}, 'nesterov').weights)
  })
})

describe('a lost step key', () => {
  const undisturbed = play()

  /** Loses the key once so many parties have their numbers of this step. */
  function playWithLoss(step: number, answered: number, seed: number) {
    const run = smallRun(options)
    const world = new World({ ...run, seed })
    for (const { name } of run.manifest.parties) world.send(name, { type: 'begin' })
    let lost = false
    while (world.step()) {
      const state = world.keyService()
      if (lost || state.phase !== 'opening' || state.step !== step) continue
      const done = Object.values(state.openings).filter((opening) => opening.state === 'done').length
      if (done !== answered) continue
      lost = true
      world.lose('keys', 'secret-key')
    }
    expect(lost).toBe(true)
    return { world, weights: weightsOf(world), run }
  }

  it.each([
    [0, 0],
    [0, 2],
    [2, 0],
    [2, 1],
    [2, 2],
    // The closing step of this run.
    [6, 1],
  ])('in step %i, when %i parties had their numbers, is issued again and changes no bit', (step, answered) => {
    for (const seed of [1, 2, 3]) {
      const { world, weights } = playWithLoss(step, answered, seed)
      expect([...world.ends.values()].map(({ message }) => message)).toEqual([])
      expect(weights).toEqual(undisturbed.weights)
      expectWholeLog(world)
      expect(world.audit.filter(({ record }) => record.kind === 'reissued')).toHaveLength(1)
      expect(world.published.filter(({ type }) => type === 'key.reissued')).toHaveLength(1)
      // What was opened before the loss stays counted.
      const opened = world.audit.filter(({ record }) => record.kind === 'opening' && record.party === 'host-a')
      const last = opened.at(-1)?.record
      // A request that was taken and not answered is counted, too.
      expect([0, 2]).toContain(35 * 2 - 2 * opened.length - (last?.quotaLeft ?? 0))
      // Nobody shares a value of that step twice under one mask.
      const shares = world.sent.filter(({ content, step: of }) => content.kind === 'share' && of === step)
      const places = shares.flatMap(({ from, content }) =>
        'values' in content.body ? Object.keys(content.body.values).map((name) => `${from} ${name}`) : [],
      )
      expect(new Set(places).size).toBe(places.length)
    }
  })

  it.each([0, 2, 'closing'] as const)(
    'in step %s is issued again also to a party without columns, whatever comes first',
    (step) => {
      const run = smallRun(options)
      const host = run.tables['host-b']
      if (host === undefined) throw new Error('no host-b')
      const tables = { ...run.tables, 'host-b': { ...host, columns: host.columns.map((values) => values.map(() => 7)) } }
      const expected = weightsOf(new World({ ...run, tables, seed: 5 }).run())
      expect(expected[1]).toEqual([])
      let issued = 0
      for (let seed = 1; issued < 20; seed += 1) {
        const world = new World({ ...run, tables, seed })
        for (const { name } of run.manifest.parties) world.send(name, { type: 'begin' })
        const hasShared = (): boolean => {
          const state = world.keyService()
          const isHere = 'closing' in state && (step === 'closing' ? state.closing : state.step === step)
          return isHere && state.shares['host-b'] !== undefined
        }
        while (!hasShared() && world.step());
        world.lose('keys', 'secret-key').settle()
        // By chance it was the last one to share, or all had their numbers before: then no key is missed.
        issued += world.audit.filter(({ record }) => record.kind === 'reissued').length
        expect(weightsOf(world)).toEqual(expected)
        const kept = [...world.process('host-b').messages].filter(([, parts]) => parts.length > 0)
        expect(kept).toEqual([])
      }
    },
  )

  it('is not missed once everybody has its numbers', () => {
    const run = smallRun(options)
    const world = new World({ ...run, seed: 1 })
    for (const { name } of run.manifest.parties) world.send(name, { type: 'begin' })
    while (world.keyService().phase !== 'sharing') world.step()
    const before = world.rawState('keys')
    world.lose('keys', 'secret-key')
    expect(world.rawState('keys')).toBe(before)
    expect(weightsOf(world.settle())).toEqual(undisturbed.weights)
  })
})
