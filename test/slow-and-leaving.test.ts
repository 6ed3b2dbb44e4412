import { readdir, readFile } from 'node:fs/promises'
import { CoordinatorApi, identitySchema } from '@tributary/client'
import { createSha256, routes } from '@tributary/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Institution, names, World } from './harness/institutions.ts'
import { softmaxRun } from './harness/small-federation.ts'

const ALL = ['alder', 'birch', 'cedar']

let world: World
let id: string
let birch: Institution
let cedar: Institution
beforeAll(async () => {
  world = await World.open()
  id = await world.federation('federation')
  const joined = await Promise.all([17, 40, 29].map((rows, client) => world.join(id, ALL[client] as string, client, rows)))
  ;[, birch, cedar] = joined as [Institution, Institution, Institution]
})
afterAll(() => world.close())

/** Starts a run in whose first round (or so many) this institution is held in its training. */
async function runHolding(institution: Institution, config: Parameters<World['run']>[1], trainings = 1): Promise<string> {
  institution.tell({ do: 'hold', trainings })
  const run = await world.run(id, config)
  await institution.next('holding')
  return run
}

const participant = async (name: string) => {
  const found = (await world.admin.participants(id)).find((one) => one.name === name)
  if (found === undefined) throw new Error(`no participant ${name}`)
  return found
}

/** Long enough for a round that wrongly closes to be seen closed. */
const stillTraining = async (run: string, round: number): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, 400))
  expect(await world.admin.run(run)).toMatchObject({ phase: 'training', round })
}

describe('a slow institution', () => {
  test('past the deadline is told so, is not banned, and counts in the next round', async () => {
    const run = await runHolding(cedar, softmaxRun(2, 2, { deadlineSeconds: 2 }), 2)
    const first = await world.logged(run, 'round.closed')
    expect(names(first.counted)).toEqual(['alder', 'birch'])
    expect(names(first.missing)).toEqual(['cedar'])
    expect(await cedar.next('withdrawn')).toMatchObject({ run, round: 1, error: { code: 'round_not_open' } })

    await cedar.next('holding')
    // Its first training that it ends may take longer than the others'.
    await world.admin.act(run, { action: 'extend', seconds: 100, reason: 'cedar needs longer' })
    cedar.tell({ do: 'go' })
    const second = await world.logged(run, 'round.closed', 2)
    expect(names(second.counted)).toEqual(ALL)
    await world.reached(run, 'completed')
    expect(await lateUpload(run, 1)).toMatchObject({ status: 409, body: { code: 'round_not_open', details: { round: 1 } } })
    expect(await world.log(run, 'update.accepted')).toHaveLength(5)
  })
})

/** Sends bytes for a closed round with cedar's own token, as a client that heard nothing would. */
async function lateUpload(run: string, round: number): Promise<{ status: number; body: unknown }> {
  const folder = `${world.stateDir(id)}/identities`
  const file = (await readdir(folder)).find((name) => name.startsWith('cedar-')) as string
  const { token } = identitySchema.parse(JSON.parse(await readFile(`${folder}/${file}`, 'utf8')))
  const bytes = new Uint8Array(64)
  const query = new URLSearchParams({ sha256: createSha256().update(bytes).hex(), bytes: String(bytes.byteLength) })
  const response = await fetch(`${world.coordinator.url}${routes.update(run, round)}?${query}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
    body: bytes,
  })
  return { status: response.status, body: await response.json() }
}

describe('a leaver', () => {
  test('after its accepted update counts, and does not close the round before one who still trains', async () => {
    const dogwood = await world.join(id, 'dogwood', 3, 11)
    const run = await runHolding(cedar, softmaxRun(1, 2))
    await world.logged(run, 'update.accepted', 3)
    await dogwood.next('uploaded')
    dogwood.tell({ do: 'leave', reason: 'our project ends' })
    expect(await dogwood.next('left')).toMatchObject({ reason: 'our project ends' })
    await stillTraining(run, 1)
    cedar.tell({ do: 'go' })
    const { counted, missing } = await world.logged(run, 'round.closed')
    expect(names(counted)).toEqual([...ALL, 'dogwood'])
    expect(counted.map(({ samples }) => samples)).toEqual([17, 40, 29, 11])
    expect(counted.reduce((sum, { weight }) => sum + (weight ?? Number.NaN), 0)).toBeCloseTo(1, 12)
    expect(missing).toEqual([])
    expect(await participant('dogwood')).toMatchObject({ state: 'left', online: false })
    await world.reached(run, 'completed')
  })

  test('before its update is missing with its reason; the round goes on with the others', async () => {
    const elder = await world.join(id, 'elder', 4, 13)
    cedar.tell({ do: 'hold', trainings: 1 })
    const run = await runHolding(elder, softmaxRun(1, 2))
    await cedar.next('holding')
    await world.logged(run, 'update.accepted', 2)
    elder.tell({ do: 'leave', reason: 'no longer allowed' })
    const dropped = await world.logged(run, 'participant.dropped')
    expect(dropped).toMatchObject({ round: 1, name: 'elder', reason: 'left: no longer allowed' })
    await elder.next('left')
    await stillTraining(run, 1)
    cedar.tell({ do: 'go' })
    const { counted, missing, seconds } = await world.logged(run, 'round.closed')
    expect(names(counted)).toEqual(ALL)
    expect(missing).toMatchObject([{ name: 'elder', reason: 'left: no longer allowed' }])
    expect(seconds).toBeLessThan(60)
    await world.reached(run, 'completed')
  })
})

describe('an institution that cannot or may not take part', () => {
  test('excluded, it is told, is asked no more in this run, and counts in another', async () => {
    const run = await runHolding(cedar, softmaxRun(2, 2))
    await world.logged(run, 'update.accepted', 2)
    const excluded = await participant('cedar')
    await world.admin.act(run, { action: 'exclude', participant: excluded.id, reason: 'its labels are wrong' })
    expect(await cedar.next('withdrawn')).toMatchObject({ run, error: { code: 'participant_excluded' } })
    await world.reached(run, 'completed')
    expect((await world.log(run, 'participant.dropped')).map(({ name, reason }) => [name, reason])).toEqual([
      ['cedar', 'its labels are wrong'],
    ])
    expect((await world.log(run, 'round.opened')).map(({ selected }) => names(selected))).toEqual([ALL, ['alder', 'birch']])
    expect((await world.log(run, 'round.closed')).map(({ counted }) => names(counted))).toEqual([
      ['alder', 'birch'],
      ['alder', 'birch'],
    ])
    const other = await world.run(id, softmaxRun(1, 3))
    await world.reached(other, 'completed')
    expect(names((await world.logged(other, 'round.closed')).counted)).toEqual(ALL)
  })

  test('whose training throws says so, the others go on, and it is asked again in the next round', async () => {
    birch.tell({ do: 'fail', reason: 'the disk is full' })
    const run = await world.run(id, softmaxRun(2, 2))
    const failed = await world.logged(run, 'participant.failed')
    expect(failed).toMatchObject({ round: 1, name: 'birch', error: { code: 'training_failed', party: 'institution' } })
    // Words of an error may quote a row: they stay with its institution.
    const told = "the error stands in that institution's log alone"
    expect(failed.error.message).toBe(`Training failed at birch: ${told}.`)
    expect(await birch.next('trainingFailed')).toMatchObject({ run, round: 1 })
    await world.reached(run, 'completed')
    const [first, second] = await world.log(run, 'round.closed')
    expect(names(first?.counted ?? [])).toEqual(['alder', 'cedar'])
    expect(first?.missing).toMatchObject([{ name: 'birch', reason: expect.stringContaining(told) }])
    expect(JSON.stringify((await world.admin.events(run)).events)).not.toContain('disk')
    expect(names(second?.counted ?? [])).toEqual(ALL)
  })
})

describe('a run below its minimum', () => {
  test('fails with party, phase, cause and next step, and the next run is not harmed', async () => {
    birch.tell({ do: 'fail', reason: 'the rows are locked' })
    const run = await runHolding(cedar, softmaxRun(2, 3, { deadlineSeconds: 5, patienceSeconds: 0.5 }))
    const { failure, modelSha256 } = await world.reached(run, 'failed')
    expect(failure).toMatchObject({
      code: 'run_failed_below_minimum',
      party: 'institution',
      phase: 'training',
      participants: ['birch', 'cedar'],
      details: { round: 1, minimum: 3 },
    })
    for (const words of ['Round 1 failed', 'birch (its training failed: the error stands in', 'cedar (fetched the model'])
      expect(failure?.message).toContain(words)
    expect(failure?.nextStep).toMatch(/extend the deadline or lower the minimum/)
    expect(await world.logged(run, 'run.state', 3)).toMatchObject({ to: 'failed', reason: { participants: ['birch', 'cedar'] } })
    expect(await cedar.next('withdrawn')).toMatchObject({ run, error: { code: 'run_failed_below_minimum' } })

    const retry = await world.admin.createRun(id, { name: 'retry', config: softmaxRun(1, 3), initialModel: modelSha256 })
    expect((await world.reached(retry.id, 'completed')).modelSha256).not.toBe(modelSha256)
  })
})

describe('a person at a live run', () => {
  test('pauses, resumes, extends and cancels it; a repeated key acts once', async () => {
    const { admin } = world
    const actions = async () => (await world.log(run, 'action')).map(({ action }) => action)
    const run = await runHolding(cedar, softmaxRun(3, 3))

    const pause = { action: 'pause', reason: 'maintenance', idempotencyKey: 'pause-0001' } as const
    expect(await admin.act(run, pause)).toMatchObject({ phase: 'training', pausePending: true })
    await admin.act(run, pause)
    await expect(admin.act(run, { ...pause, action: 'cancel' })).rejects.toMatchObject({ code: 'idempotency_key_reused' })
    cedar.tell({ do: 'go' })
    const paused = await world.reached(run, 'paused')
    expect(paused).toMatchObject({ round: 1, pausePending: false, allowedActions: ['resume', 'exclude', 'cancel'] })

    cedar.tell({ do: 'hold', trainings: 1 })
    const resume = { action: 'resume', reason: 'maintenance is over', idempotencyKey: 'resume-0001' } as const
    await Promise.all([admin.act(run, resume), admin.act(run, resume)])
    await cedar.next('holding')
    // Done long ago, by its key: the run is not paused again.
    expect(await admin.act(run, pause)).toMatchObject({ phase: 'training', pausePending: false })

    const deadline = Date.parse((await admin.run(run)).deadlineAt as string)
    const extend = { action: 'extend', seconds: 100, reason: 'cedar needs longer', idempotencyKey: 'extend-0001' } as const
    await Promise.all([admin.act(run, extend), admin.act(run, extend)])
    expect(Date.parse((await admin.run(run)).deadlineAt as string) - deadline).toBe(100_000)

    const cancelled = await admin.act(run, { action: 'cancel', reason: 'the wrong data' })
    expect(cancelled).toMatchObject({
      phase: 'cancelled',
      modelSha256: paused.modelSha256,
      failure: { code: 'run_cancelled', message: expect.stringContaining('the wrong data') },
      allowedActions: [],
    })
    expect(await cedar.next('withdrawn')).toMatchObject({ run, round: 2, error: { code: 'run_cancelled' } })
    await expect(admin.act(run, { action: 'resume', reason: 'too late' })).rejects.toMatchObject({ code: 'action_not_allowed' })
    expect(await actions()).toEqual(['create', 'start', 'pause', 'resume', 'extend', 'cancel'])
    const log = await admin.events(run, { limit: 5_000 })
    expect(log.events.map(({ seq }) => seq)).toEqual(log.events.map((_, index) => index + 1))
  })

  test('without a token gets nowhere', async () => {
    const stranger = new CoordinatorApi({ url: world.coordinator.url, token: 'not-a-token' })
    const run = await world.run(id, softmaxRun(1, 3))
    await expect(stranger.act(run, { action: 'cancel', reason: 'mischief' })).rejects.toMatchObject({ code: 'unauthenticated' })
    await world.reached(run, 'completed')
  })
})
