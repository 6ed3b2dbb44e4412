import type { VerticalMachineEvent } from '@tributary/federation'
import { MAX_ENVELOPE_BYTES, type MessageKind, TributaryError } from '@tributary/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { MissingBulk } from '../jobs/job-runner.ts'
import { StoreFailure } from '../store/database.ts'
import { EMPTY_COMMIT } from '../store/run-commit.ts'
import { PartyWorld, type WorldOptions } from '../testing/party-world.ts'
import { plainJobRunner } from '../testing/plain-job-runner.ts'
import { smallParties } from '../testing/small-tables.ts'

let world: PartyWorld | null = null
afterEach(async () => {
  await world?.close()
  world = null
})

const NAMES = ['clinic-a', 'lab-b', 'keys-c'] as const
/** What an exception may name, and nobody else is to learn. */
const PRIVATE = 'patient-4711'
const fails = (): never => {
  throw new TypeError(`${PRIVATE} is not a function`)
}

/** A party whose machine throws what no machine should at these events. */
const faulty =
  (who: string, at: (event: VerticalMachineEvent) => boolean): NonNullable<WorldOptions['machine']> =>
  (name, machine) => ({
    ...machine,
    transition: (state, event, around) => (name === who && at(event) ? fails() : machine.transition(state, event, around)),
  })
const message = (kind: MessageKind) => (event: VerticalMachineEvent) => event.type === 'message' && event.content.kind === kind

async function ended(options: Partial<WorldOptions>) {
  const opened = await PartyWorld.open({ parties: smallParties(), jobs: plainJobRunner(), ...options })
  world = opened
  const { id } = opened.createRun()
  const ends = await Promise.all(
    NAMES.map((name) =>
      opened
        .node(name)
        .outcome(id)
        .then(
          () => null,
          (error: unknown) => error,
        ),
    ),
  )
  // The hub is told after the parties.
  for (let turn = 0; turn < 500 && opened.hub.run(id).phase !== 'aborted'; turn += 1) await new Promise(setImmediate)
  const heard = (names: readonly string[]) =>
    JSON.stringify(opened.events.filter(({ party }) => names.includes(party)).map(({ event }) => textsOf(event)))
  return { opened, id, run: opened.hub.run(id), ends: Object.fromEntries(NAMES.map((name, at) => [name, ends[at]])), heard }
}
/** Errors do not show in JSON by themselves. */
const textsOf = (event: object) =>
  Object.values(event).map((value: unknown) => (value instanceof TributaryError ? value.toBody() : value))

// A step's deadline is ten minutes: that these end at all is the test.
describe('an exception that nobody expected ends the run at once', () => {
  it.each<[who: (typeof NAMES)[number], at: string, (event: VerticalMachineEvent) => boolean]>([
    ['clinic-a', 'the first event', ({ type }) => type === 'begin'],
    ['clinic-a', 'a reply', message('opened')],
    ['lab-b', 'a ciphertext', message('u')],
    ['keys-c', 'a request', message('open')],
    ['lab-b', 'a result of a job', (event) => event.type === 'jobDone' && event.result.kind === 'combine'],
  ])('at %s, by %s: all parties and the hub get its code, its owner alone the reason', async (who, _, at) => {
    const { run, ends, heard } = await ended({ machine: faulty(who, at) })
    expect(run).toMatchObject({ phase: 'aborted', failure: { code: 'slr_aborted', details: { name: who, code: 'party_fault' } } })
    expect(ends[who]).toMatchObject({ code: 'party_fault' })
    for (const other of NAMES.filter((name) => name !== who))
      expect(ends[other]).toMatchObject({ code: 'slr_aborted', details: { name: who, code: 'party_fault' } })
    expect(JSON.stringify(run)).not.toContain(PRIVATE)
    expect(heard(NAMES.filter((name) => name !== who))).not.toContain(PRIVATE)
    expect(heard([who])).toContain(PRIVATE)
  })

  it('also when the machine cannot even end it, and after a restart it stays ended', async () => {
    const { opened, id, run, ends } = await ended({ machine: faulty('lab-b', ({ type }) => type !== 'begin') })
    expect(run).toMatchObject({ phase: 'aborted', failure: { details: { name: 'lab-b', code: 'party_fault' } } })
    expect(ends['clinic-a']).toMatchObject({ code: 'slr_aborted', details: { name: 'lab-b', code: 'party_fault' } })
    await opened.stop('lab-b')
    const again = await opened.start('lab-b')
    await expect(again.outcome(id)).rejects.toMatchObject({ code: 'party_fault' })
  })

  it.each<[who: (typeof NAMES)[number], at: MessageKind, blob: string, kept: MessageKind[]]>([
    ['keys-c', 'open', 'secret-key', []],
    ['clinic-a', 'd', 'own-u', ['step-key']],
  ])('also when the machine of %s cannot even end it at %s, which leaves no %s', async (who, at, blob, kept) => {
    const { opened, id, run } = await ended({
      machine: faulty(who, (event) => event.type === 'abort' || message(at)(event)),
    })
    expect(run).toMatchObject({ phase: 'aborted', failure: { details: { name: who, code: 'party_fault' } } })
    const store = () => opened.store(who)?.run(id)
    expect(store()?.hasBlob(blob)).toBe(false)
    const mail = opened.hub.traffic.filter(({ to, kind }) => to === who && kept.includes(kind))
    expect(mail).toHaveLength(kept.length)
    for (const { sha256 } of mail) expect(() => store()?.message(sha256)).toThrow(MissingBulk)
    // The owner's own rows stay, for the audit and the list of common rows.
    for (const lasting of ['table', 'alignment'])
      expect([lasting, store()?.hasBlob(lasting)]).toEqual([lasting, who !== 'keys-c'])
    // As a version left it that deleted nothing.
    store()?.commit({ ...EMPTY_COMMIT, state: '{}', keep: [{ blob, parts: [new Uint8Array(32)] }] })
    expect(store()?.hasBlob(blob)).toBe(true)
    const again = await opened.restart(who)
    await expect(again.outcome(id)).rejects.toMatchObject({ code: 'party_fault' })
    expect(store()?.hasBlob(blob)).toBe(false)
  })

  it('also in a job', async () => {
    const jobs = plainJobRunner()
    const { run } = await ended({
      jobs: {
        run: (job, context) =>
          job.kind === 'request' && context.me === 'clinic-a' ? Promise.reject(fault()) : jobs.run(job, context),
        forget: (of) => jobs.forget(of),
        close: () => jobs.close(),
      },
    })
    expect(run).toMatchObject({ failure: { details: { name: 'clinic-a', code: 'party_fault' } } })
    expect(JSON.stringify(run)).not.toContain(PRIVATE)
  })

  it('also before all have signed', async () => {
    const opened = await PartyWorld.open({
      parties: smallParties(),
      jobs: plainJobRunner(),
      approve: (name) => (name === 'clinic-a' ? fails() : true),
    })
    world = opened
    const { id } = opened.createRun()
    await expect(opened.node('lab-b').outcome(id)).rejects.toMatchObject({ code: 'slr_aborted' })
    expect(opened.hub.run(id)).toMatchObject({
      phase: 'aborted',
      failure: { details: { name: 'clinic-a', code: 'party_fault' } },
    })
    expect(JSON.stringify(opened.hub.run(id))).not.toContain(PRIVATE)
  })
})

describe('a disk that fails at a read of a job', () => {
  it.each([
    ['clinic-a', 'request'],
    ['keys-c', 'open'],
  ] as const)('stops %s at its first %s; its next start goes on, and nobody else is told anything', async (who, kind) => {
    const jobs = plainJobRunner()
    let failures = 0
    const opened = await PartyWorld.open({
      parties: smallParties(),
      jobs: {
        run(job, context) {
          if (failures > 0 || job.kind !== kind || context.me !== who) return jobs.run(job, context)
          failures += 1
          const read = (): never => {
            throw new StoreFailure('disk I/O error')
          }
          return jobs.run(job, { ...context, read })
        },
        forget: (of) => jobs.forget(of),
        close: () => jobs.close(),
      },
    })
    world = opened
    const { id } = opened.createRun()
    const stopped = () => opened.events.some(({ party, event }) => party === who && event.type === 'error')
    while (!stopped() && opened.hub.run(id).phase !== 'aborted') await new Promise(setImmediate)
    // Whoever were told would end it in this time.
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect([failures, stopped(), opened.hub.run(id).phase]).toEqual([1, true, 'running'])
    await opened.restart(who)
    await Promise.all(['clinic-a', 'lab-b'].map((name) => opened.node(name).outcome(id)))
    const lines = opened.store('keys-c')?.auditLog(id) ?? []
    expect(lines.filter(({ record }) => record.kind === 'opening').length).toBeGreaterThan(4)
    expect(lines.filter(({ record }) => record.kind === 'refused')).toEqual([])
  })
})

describe('a letter that the hub will never take', () => {
  it('ends the run at once, with its code', async () => {
    const before = async ({ by, method }: { by: string; method: string }) => {
      if (by === 'clinic-a' && method === 'send') throw new TributaryError('body_too_large', { limit: MAX_ENVELOPE_BYTES })
    }
    const { run, ends } = await ended({ hub: { before } })
    expect(run).toMatchObject({
      phase: 'aborted',
      failure: { code: 'slr_aborted', details: { name: 'clinic-a', code: 'body_too_large' } },
    })
    expect(ends['clinic-a']).toMatchObject({ code: 'body_too_large' })
    for (const other of ['lab-b', 'keys-c'])
      expect(ends[other]).toMatchObject({ code: 'slr_aborted', details: { name: 'clinic-a' } })
  })
})

const fault = (): Error => new TypeError(`${PRIVATE} is not a function`)
