import { TributaryError } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import type { Job } from './jobs.ts'
import { runMockJob } from './testing/mock-jobs.ts'
import { type SmallRunOptions, smallRun } from './testing/random-run.ts'
import { World, type WorldOptions } from './testing/world.ts'

const NEVER_KEPT = 'ee'.repeat(32)

function begun(options: SmallRunOptions = {}, extra: Partial<WorldOptions> = {}): World {
  const run = smallRun({ features: [2, 1], labelFeatures: 2, rows: 70, ...options })
  const world = new World({ ...run, seed: 3, ...extra })
  for (const { name } of run.manifest.parties) world.send(name, { type: 'begin' })
  return world
}

/** Goes on until this party is about to do such a job. */
function until(world: World, party: string, kind: Job['kind']): Job {
  for (;;) {
    const job = world.pendingJobs(party).find((one) => one.kind === kind)
    if (job !== undefined) return job
    if (!world.step()) throw new Error(`${party} is never asked for ${kind}`)
  }
}

/** Received messages that a job reads. */
function messagesOf(job: Job): readonly string[] {
  if (job.kind === 'psi-mask') return [job.set]
  if (job.kind === 'psi-sort') return job.chunks
  if (job.kind === 'psi-intersect') return job.sets.flat()
  if (job.kind === 'psi-rows') return job.common ?? []
  return job.kind === 'predict-sum' ? job.shares : []
}

describe('a message that is gone from the own store', () => {
  it.each<[party: string, Job['kind']]>([
    ['host-a', 'psi-mask'],
    ['guest', 'psi-mask'],
    ['host-b', 'psi-sort'],
    ['guest', 'psi-sort'],
    ['guest', 'psi-intersect'],
    ['host-a', 'psi-rows'],
  ])('at %s before %s ends the alignment for everybody', (party, kind) => {
    const world = begun()
    const [ref = ''] = messagesOf(until(world, party, kind))
    expect(world.process(party).messages.delete(ref)).toBe(true)
    world.settle()
    const reason = `what it stored as ${ref} is gone`
    expect(world.ends.get(party)).toMatchObject({ code: 'slr_aborted', details: { name: party, reason } })
    for (const { name } of world.manifest.parties)
      expect(world.ends.get(name)).toMatchObject({ code: 'slr_aborted', details: { name: party } })
    expect(world.party(party)).toMatchObject({ phase: 'aborted' })
  })

  it('is not missed by an alignment that has handed it on, nor is what was never there', () => {
    const world = begun()
    const [handedOn = ''] = messagesOf(until(world, 'host-a', 'psi-mask'))
    while (world.rawState('host-a').includes(handedOn)) world.step()
    const before = world.rawState('host-a')
    expect(world.party('host-a').phase).toBe('aligning')
    for (const blob of [handedOn, NEVER_KEPT, 'secret-key', 'table']) world.send('host-a', { type: 'lost', blob })
    expect(world.rawState('host-a')).toBe(before)
    expect(world.settle().outcomes.size).toBe(3)
  })
})

describe('a prediction that cannot be summed', () => {
  /** A run that is done, and its prediction that is about to be summed. */
  function asked(receiver: 'guest' | 'host-a' | 'keys', extra: Partial<WorldOptions> = {}) {
    const world = begun({ settings: { predictionReceiver: receiver } }, extra).settle()
    world.send(receiver, { type: 'predict', request: 'request-1', rows: [1, 2] })
    const shares = messagesOf(until(world, receiver, 'predict-sum'))
    const state = () => JSON.parse(world.rawState(receiver)) as { phase: string; predictions: { asked: unknown[] } }
    const told = () => world.notices.filter(({ party }) => party === receiver).at(-1)?.notice
    return { world, shares, state, told }
  }

  it.each(['guest', 'host-a', 'keys'] as const)('since a share is gone at %s is given up, and the next one comes', (receiver) => {
    const { world, shares, state, told } = asked(receiver)
    const gone = shares.at(-1) ?? ''
    world.process(receiver).messages.delete(gone)
    world.settle()
    expect(told()).toMatchObject({
      kind: 'failure',
      request: 'request-1',
      error: { code: 'storage_corrupt', details: { sha256: gone } },
    })
    expect(state()).toMatchObject({ phase: 'done', predictions: { asked: [] } })
    // What is left of it is not kept.
    expect(shares.filter((ref) => world.process(receiver).messages.has(ref))).toEqual([])
    world.send(receiver, { type: 'predict', request: 'request-2', rows: [1, 2] })
    world.settle()
    expect(told()).toMatchObject({ kind: 'prediction', request: 'request-2' })
    expect(world.ends.size).toBe(0)
  })

  it.each(['guest', 'keys'] as const)('since its job failed at %s is given up', (receiver) => {
    const { world, state, told } = asked(receiver, {
      runJob: (job, context) => {
        if (job.kind === 'predict-sum') throw new TributaryError('party_fault', { reason: 'no memory' })
        return runMockJob(job, context)
      },
    })
    world.settle()
    expect(told()).toMatchObject({ kind: 'failure', request: 'request-1', error: { code: 'party_fault' } })
    expect(state()).toMatchObject({ phase: 'done', predictions: { asked: [] } })
  })

  it('is not given up for a message that it does not need, or a job that is not its own', () => {
    const { world, told } = asked('guest')
    const before = world.rawState('guest')
    world.send('guest', { type: 'lost', blob: NEVER_KEPT })
    world.send('guest', { type: 'jobFailed', job: 'predict-sum:other', error: new TributaryError('internal').toBody() })
    expect(world.rawState('guest')).toBe(before)
    world.settle()
    expect(told()).toMatchObject({ kind: 'prediction', request: 'request-1' })
  })
})
