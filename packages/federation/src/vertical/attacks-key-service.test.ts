import { describe, expect, it } from 'vitest'
import { keyServiceTransition } from './key-service/machine.ts'
import { begin, codes, last, small, until, untilRequested, withBody } from './testing/attack-story.ts'
import { keyServiceMachine } from './testing/machine-kinds.ts'
import { runMockJob } from './testing/mock-jobs.ts'
import type { Delivery, World, WorldOptions } from './testing/world.ts'

describe('attack 3: a second opening', () => {
  it('with the same bytes changes nothing; with other bytes is slr_equivocation; the quota is as it was', () => {
    const world = begin()
    until(world, 'opening', 1)
    const request = untilRequested(world, 'host-a')
    while (world.pendingJobs('keys').length > 0) world.step()
    const before = world.rawState('keys')
    const quota = world.keyService()
    const same = keyServiceTransition(
      world.keyService(),
      {
        type: 'message',
        from: 'host-a',
        step: request.step,
        ref: request.ref,
        content: {
          kind: 'open',
          body: request.content.body,
          partBytes: request.content.parts.map(({ length }) => length),
          partsSha256: null,
        },
      },
      world.surroundings('keys'),
    )
    expect(same).toMatchObject({ effects: [] })
    expect(same.refusal).toBeUndefined()
    expect(same.state).toEqual(quota)
    world.forge(request)
    expect(last(world)).toEqual({ party: 'keys', code: 'slr_equivocation' })
    expect(world.rawState('keys')).toBe(before)
  })

  it('a key service that opens twice is caught by its own log', () => {
    const reopening = keyServiceMachine((state, event, around) => {
      if (event.type !== 'message' || event.content.kind !== 'open' || state.phase !== 'opening') {
        return keyServiceTransition(state, event, around)
      }
      return keyServiceTransition({ ...state, openings: { ...state.openings, [event.from]: { state: 'none' } } }, event, around)
    })
    const openingsOf = (world: World) =>
      world.audit.filter(({ record }) => record.kind === 'opening').map(({ record }) => `${record.keyId} ${record.party}`)
    const twice = (machines?: WorldOptions['machines']) => {
      const world = begin(small, machines === undefined ? {} : { machines })
      until(world, 'opening', 1)
      const request = untilRequested(world, 'host-a')
      while (world.pendingJobs('keys').length > 0) world.step()
      if (world.keyService().phase === 'opening') world.forge(request)
      world.settle()
      const openings = openingsOf(world)
      return { repeated: openings.length - new Set(openings).size, refused: world.refusals }
    }
    expect(twice({ keys: reopening }).repeated).toBe(1)
    // The party is sent numbers that it did not ask for.
    expect(twice({ keys: reopening }).refused).toContainEqual({ party: 'host-a', code: 'slr_state' })
    expect(twice().repeated).toBe(0)
  })
})

describe('attack 4: a ciphertext of another step or run', () => {
  it('is key_wrong_step', () => {
    const world = begin()
    until(world, 'opening', 1)
    const old = world.sent.find(({ from, content }) => from === 'host-a' && content.kind === 'open') as Delivery
    const before = world.rawState('keys')
    world.forge(old)
    expect(last(world)).toEqual({ party: 'keys', code: 'key_wrong_step' })
    // The step is right, the key is the old one; then one of another run.
    world.forge({ ...old, step: 1 })
    expect(last(world)?.code).toBe('key_wrong_step')
    world.forge({ ...withBody(old, { keyId: 'cdcdcdcdcdcdcdcd.1.0' }), step: 1 })
    expect(last(world)?.code).toBe('key_wrong_step')
    expect(world.rawState('keys')).toBe(before)
    expect(world.settle().outcomes.size).toBe(2)
  })
})

describe('attack 5: more than the quota', () => {
  it('p_j + 1 numbers or ciphertexts are key_quota, and the right ones still go through', () => {
    const world = begin({ ...small, features: [3] })
    until(world, 'opening', 0)
    const state = world.keyService()
    if (state.phase !== 'opening') throw new Error('not opening')
    const { keyId, publicKeySha256 } = state
    const open = (numbers: number, parts: readonly number[]): Omit<Delivery, 'ref'> => ({
      from: 'host-a',
      to: 'keys',
      step: 0,
      content: { kind: 'open', body: { keyId, publicKeySha256, numbers }, parts: parts.map((bytes) => new Uint8Array(bytes)) },
    })
    const before = world.rawState('keys')
    // Two keys of a step: three numbers are two ciphertexts.
    world.forge(open(4, [131_185, 131_185]))
    expect(last(world)).toEqual({ party: 'keys', code: 'key_quota' })
    world.forge(open(3, [131_185, 131_185, 131_185]))
    expect(last(world)).toEqual({ party: 'keys', code: 'key_quota' })
    // Attack 7's door: exact lengths, before anything is loaded.
    world.forge(open(3, [131_185, 131_184]))
    expect(last(world)).toEqual({ party: 'keys', code: 'he_size' })
    world.forge(open(3, [131_185]))
    expect(last(world)).toEqual({ party: 'keys', code: 'he_size' })
    expect(world.rawState('keys')).toBe(before)
    expect(world.settle().outcomes.size).toBe(2)
  })

  it.each([2, 3, 7])('T = %i is the number of openings, the closing one included', (maxSteps) => {
    const world = begin({ ...small, settings: { maxSteps, tolerance: 1e-30 } }).settle()
    const opened = world.audit.filter(({ record }) => record.kind === 'opening' && record.party === 'host-a')
    expect(opened).toHaveLength(maxSteps)
    expect(opened.at(-1)?.record.quotaLeft).toBe(0)
    expect(world.outcomes.get('host-a')?.steps).toBe(maxSteps - 1)
  })

  it('a step is not begun again when the closing one could not be paid any more', () => {
    const world = begin({ ...small, settings: { maxSteps: 3, tolerance: 1e-30 } })
    until(world, 'opening', 1)
    const opened = () => world.audit.some(({ record }) => record.kind === 'opening' && record.step === 1)
    while (!opened()) world.step()
    expect(world.keyService().phase).toBe('opening')
    world.lose('keys', 'secret-key').settle()
    expect(world.ends.get('keys')?.code).toBe('key_quota')
    expect(world.ends.size).toBe(3)
  })

  it('T = 1 is refused: a result needs two', () => {
    expect(codes(begin({ ...small, settings: { maxSteps: 1 } }).settle())).toContain('slr_params')
  })

  it('⌊n/p_j⌋ is the cap when rows are few', () => {
    const world = begin({ features: [5], labelFeatures: 1, rows: 62, settings: { tolerance: 1e-30 } })
    until(world, 'keying', 0)
    const state = world.keyService()
    expect('quotas' in state ? state.quotas['host-a'] : null).toEqual({ features: 5, left: 12 * 5 })
  })
})

describe('attack 7: what cannot be opened', () => {
  it('uses its slot up, is in the log, and ends the run with one code', () => {
    const malformed: WorldOptions['runJob'] = (job, context) => {
      if (job.kind !== 'open') return runMockJob(job, context)
      return runMockJob({ ...job, request: 'secret-key' }, context)
    }
    const world = begin(small, { runJob: malformed }).settle()
    expect(world.ends.get('keys')?.code).toBe('he_malformed')
    expect(world.audit.find(({ record }) => record.kind === 'refused')?.record).toMatchObject({
      code: 'he_malformed',
      numbersReturned: 0,
    })
    expect(world.blobs('keys')).toEqual([])
  })
})
