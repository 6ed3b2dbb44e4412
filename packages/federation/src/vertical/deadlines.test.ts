import { describe, expect, it } from 'vitest'
import { allow, idleClock, isOverdue, pauseClock, resumeClock } from './run/clock.ts'
import { smallRun } from './testing/random-run.ts'
import { type Delivery, World } from './testing/world.ts'

const DEADLINE = 60

/** Nothing that this party sends from this step on arrives. */
const silent = (name: string, from: number) => (mail: Delivery) => (mail.from === name && mail.step >= from ? null : mail)

function play(name: string, from = 2): World {
  const run = smallRun({ features: [2, 1], labelFeatures: 2, settings: { stepDeadlineSeconds: DEADLINE } })
  return new World({ ...run, seed: 4, tamper: silent(name, from) }).run()
}

describe('deadlines', () => {
  it('a silent feature party is named by the label party, which waits for its u', () => {
    const world = play('host-b')
    world.wait(DEADLINE - 1)
    expect(world.ends.size).toBe(0)
    world.wait(1).settle()
    expect(world.ends.get('guest')).toMatchObject({
      code: 'slr_timeout',
      details: { name: 'host-b', step: 2, seconds: DEADLINE },
    })
    expect(world.ends.get('host-a')?.code).toBe('slr_aborted')
    expect(world.keyService().phase).toBe('aborted')
    // What was learned stays with its owner.
    expect(world.party('host-a')).toMatchObject({ phase: 'aborted', code: 'slr_aborted' })
    const { w } = world.party('host-a') as { w: readonly number[] | null }
    expect(w?.some((value) => value !== 0)).toBe(true)
  })

  it('a silent label party is named by a feature party', () => {
    const world = play('guest')
      .wait(2 * DEADLINE)
      .settle()
    const [first] = [...world.ends.entries()].filter(([, { code }]) => code === 'slr_timeout')
    expect(first?.[0]).toMatch(/^host-/)
    expect(first?.[1].details).toMatchObject({ name: 'guest' })
  })

  it('a silent key service is named by all', () => {
    const world = play('keys')
      .wait(4 * DEADLINE)
      .settle()
    expect(world.ends.get('guest')).toMatchObject({ code: 'slr_timeout', details: { name: 'keys' } })
  })

  it('a party that does not share is named by the key service', () => {
    const run = smallRun({ features: [2], labelFeatures: 2, settings: { stepDeadlineSeconds: DEADLINE } })
    const tamper = (mail: Delivery) => (mail.from === 'host-a' && mail.content.kind === 'share' && mail.step === 1 ? null : mail)
    const world = new World({ ...run, seed: 4, tamper })
      .run()
      .wait(3 * DEADLINE)
      .settle()
    expect(world.ends.get('keys')).toMatchObject({ code: 'slr_timeout', details: { name: 'host-a', step: 1 } })
    expect(world.audit.at(-1)?.record).toMatchObject({ kind: 'ended', code: 'slr_timeout' })
  })

  it('stand still while the run is paused, and go on with what was left', () => {
    const world = play('host-b')
    const everybody = world.manifest.parties.map(({ name }) => name)
    world.wait(20)
    for (const name of everybody) world.send(name, { type: 'paused' })
    for (const name of everybody) world.send(name, { type: 'paused' })
    world.wait(100 * DEADLINE)
    for (const name of everybody) world.send(name, { type: 'tick' })
    expect(world.ends.size).toBe(0)
    for (const name of everybody) world.restart(name)
    for (const name of everybody) world.send(name, { type: 'resumed' })
    world.wait(DEADLINE - 21)
    expect(world.ends.size).toBe(0)
    world.wait(1)
    expect(world.ends.get('guest')?.code).toBe('slr_timeout')
  })

  it.each([
    ['the others are not late because a program was away', () => {}],
    [
      'a pause that began while a program was away does not count',
      (world: World, all: readonly string[]) => {
        for (const name of all) world.send(name, { type: 'paused' })
        world.wait(100 * DEADLINE)
        for (const name of all) world.send(name, { type: 'resumed' })
      },
    ],
  ])('%s', (_, meanwhile) => {
    const world = play('host-b')
    const everybody = world.manifest.parties.map(({ name }) => name)
    world.now += 50 * DEADLINE * 1_000
    for (const name of everybody) world.restart(name)
    meanwhile(world, everybody)
    world.wait(DEADLINE - 1)
    expect(world.ends.size).toBe(0)
    world.wait(1)
    expect(world.ends.get('guest')?.code).toBe('slr_timeout')
  })

  it('work goes on in a paused run as far as mail is there, under clocks that stand', () => {
    const run = smallRun({ features: [2], labelFeatures: 1 })
    const world = new World({ ...run, seed: 4 })
    for (const { name } of run.manifest.parties) world.send(name, { type: 'begin' })
    for (const { name } of run.manifest.parties) world.send(name, { type: 'paused' })
    world.settle()
    expect(world.outcomes.size).toBe(2)
  })

  it('the clock keeps what is left', () => {
    const running = allow(idleClock, 1_000, 10)
    expect(running).toEqual({ paused: false, at: 11_000 })
    const paused = pauseClock(running, 4_000, 10)
    expect(paused).toEqual({ paused: true, left: 7_000 })
    expect(isOverdue(paused, 1e12)).toBe(false)
    expect(pauseClock(paused, 5_000, 10)).toBe(paused)
    expect(resumeClock(paused, 100_000)).toEqual({ paused: false, at: 107_000 })
    expect(allow(paused, 9_000, 30)).toEqual({ paused: true, left: 30_000 })
    expect(resumeClock({ paused: true, left: null }, 5)).toEqual(idleClock)
  })
})

describe('the end', () => {
  it('by an operator reaches everybody', () => {
    const run = smallRun({ features: [2, 1], labelFeatures: 1 })
    const world = new World({ ...run, seed: 4 })
    for (const { name } of run.manifest.parties) world.send(name, { type: 'begin' })
    while (world.keyService().phase !== 'opening') world.step()
    world.send('host-a', { type: 'abort', reason: 'wrong table' })
    world.settle()
    expect(world.ends.get('host-a')).toMatchObject({ code: 'slr_aborted', details: { name: 'host-a', reason: 'wrong table' } })
    expect([...world.ends.keys()].sort()).toEqual(['guest', 'host-a', 'host-b', 'keys'])
    for (const { name } of run.manifest.parties) {
      expect(world.blobs(name).filter((blob) => blob !== 'alignment')).toEqual([])
      const before = world.rawState(name)
      world.send(name, { type: 'abort', reason: 'again' })
      world.send(name, { type: 'cancelled', by: 'ada', reason: 'late' })
      world.send(name, { type: 'tick' })
      expect(world.rawState(name)).toBe(before)
    }
  })

  it('by the hub tells nobody again', () => {
    const run = smallRun({ features: [2], labelFeatures: 1 })
    const world = new World({ ...run, seed: 4 })
    for (const { name } of run.manifest.parties) world.send(name, { type: 'begin' })
    for (const { name } of run.manifest.parties) world.send(name, { type: 'cancelled', by: 'ada', reason: 'budget' })
    expect(world.ends.size).toBe(3)
    expect(world.sent.some(({ content }) => content.kind === 'abort')).toBe(false)
    expect(world.audit.at(-1)?.record).toMatchObject({ kind: 'ended', code: 'slr_aborted' })
  })
})
