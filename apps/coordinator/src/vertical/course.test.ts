import { existsSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sign } from '@tributary/crypto'
import { type Mail, type ParticipantId, type Published, routes, verticalOpeningsSchema } from '@tributary/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type VerticalWorld, verticalWorld } from './testing/vertical-world.ts'

let world: VerticalWorld
beforeAll(async () => {
  world = await verticalWorld()
})
afterAll(() => world.close())

const codeOf = (answer: { json: () => unknown }) => (answer.json() as { code?: string }).code
const headOf = (manifest: string, seq = 3) => world.cedar.headAt(manifest, seq, 'ab'.repeat(32))
const endedAt = (manifest: string): Published => {
  return { type: 'ended', converged: true, f: 0.5, loss: 0.4, gradientRatio: 1e-11, steps: 9, head: headOf(manifest) }
}

describe('pause', () => {
  it('keeps mail, takes more, and hands all of it out after resume', async () => {
    const { alder, birch, running, act, runOf } = world
    const { run, manifest } = await running()
    const before = await alder.send(run, manifest, birch)
    expect((await act(run, 'pause')).json()).toMatchObject({ phase: 'paused', allowedActions: ['resume', 'cancel'] })
    const during = await alder.send(run, manifest, birch)
    expect(during.answer.status).toBe(200)
    expect((await birch.inbox(run)).json()).toEqual([])
    const opened = await birch.open(run, before.sha256)
    expect([opened.status, codeOf(opened)]).toEqual([409, 'vertical_not_running'])
    expect(codeOf(await act(run, 'pause'))).toBe('action_not_allowed')
    expect((await act(run, 'resume')).json()).toMatchObject({ phase: 'running', allowedActions: ['pause', 'cancel'] })
    expect(((await birch.inbox(run)).json() as Mail[]).map(({ sha256 }) => sha256)).toEqual([before.sha256, during.sha256])
    expect((await birch.open(run, during.sha256)).bytes.equals(during.bytes)).toBe(true)
    expect((await runOf(run)).phase).toBe('running')
  })
})

describe('actions', () => {
  it('are done once for each key', async () => {
    const { running, act, events } = world
    const { run } = await running()
    const once = await act(run, 'pause', 'the-key-1')
    expect((await act(run, 'pause', 'the-key-1')).json()).toEqual(once.json())
    await act(run, 'resume', 'the-key-2')
    // A late repetition of the first changes nothing any more.
    expect((await act(run, 'pause', 'the-key-1')).json()).toMatchObject({ phase: 'running' })
    const other = await act(run, 'cancel', 'the-key-1')
    expect([other.status, codeOf(other)]).toEqual([422, 'idempotency_key_reused'])
    const told = (await events(run)).filter(({ event }) => event.type === 'vertical.action').map(({ event }) => event.data.action)
    expect(told).toEqual(['create', 'pause', 'resume'])
  })

  it('are for admins and researchers', async () => {
    const { running, alder } = world
    const { run } = await running()
    const asParty = await alder.post(routes.verticalActions(run), { action: 'pause', reason: 'x', idempotencyKey: 'abcdefgh' })
    expect([asParty.status, codeOf(asParty)]).toEqual([403, 'forbidden'])
  })

  it('cancel for good', async () => {
    const { running, proposed, act, alder, birch, events } = world
    const { run, manifest } = await running()
    const first = await alder.send(run, manifest, birch)
    const cancelled = await act(run, 'cancel', 'cancel-1', 'wrong table')
    expect(cancelled.json()).toMatchObject({
      phase: 'aborted',
      failure: { code: 'run_cancelled', details: { reason: 'wrong table' } },
      allowedActions: [],
    })
    for (const action of ['pause', 'resume', 'cancel']) expect(codeOf(await act(run, action))).toBe('action_not_allowed')
    const late = await alder.send(run, manifest, birch)
    expect([late.answer.status, codeOf(late.answer)]).toEqual([409, 'vertical_not_running'])
    // What was acknowledged is answered for, and can still be read.
    expect((await alder.deliver(run, first.bytes)).json()).toMatchObject({ repeated: true })
    expect((await birch.open(run, first.sha256)).bytes.equals(first.bytes)).toBe(true)
    expect((await events(run)).at(-1)?.event).toMatchObject({
      type: 'vertical.state',
      data: { from: 'running', to: 'aborted', error: { code: 'run_cancelled' } },
    })
    const early = await proposed()
    expect((await act(early.id, 'cancel')).json()).toMatchObject({ phase: 'aborted', startedAt: null })
    const notYet = await proposed()
    expect(codeOf(await act(notYet.id, 'pause'))).toBe('action_not_allowed')
  })
})

describe('abort', () => {
  it('comes from any party, at any time, once', async () => {
    const { running, proposed, alder, cedar, http, runOf } = world
    const { run } = await running()
    const failure = { code: 'slr_timeout', reason: 'birch did not answer' }
    const aborted = await cedar.post(routes.verticalAbort(run), failure)
    expect(aborted.json()).toMatchObject({
      phase: 'aborted',
      failure: { code: 'slr_aborted', details: { name: 'cedar', reason: 'birch did not answer', code: 'slr_timeout' } },
    })
    expect((await alder.post(routes.verticalAbort(run), { code: 'x', reason: 'me too' })).json()).toMatchObject({
      failure: { details: { name: 'cedar' } },
    })
    const asAdmin = await http.call(routes.verticalAbort(run), { method: 'POST', token: http.admin, body: failure })
    expect(asAdmin.json()).toMatchObject({ code: 'forbidden' })
    const early = await proposed()
    await alder.post(routes.verticalAbort(early.id), failure)
    expect((await runOf(early.id)).phase).toBe('aborted')
  })

  it('is not done by an institution that has no part in the run', async () => {
    const { running, http, federation, alder } = world
    const { run } = await running()
    const token = await http.member(federation, 'institution', `elder-${run.slice(-6)}`)
    for (const [method, url, body] of [
      ['POST', routes.verticalAbort(run), { code: 'x', reason: 'y' }],
      ['GET', routes.verticalInbox(run), undefined],
      ['POST', routes.verticalApprovals(run), { decision: 'refuse', code: 'x', reason: 'y' }],
    ] as const) {
      const answer = await http.call(url, { method, token, ...(body === undefined ? {} : { body }) })
      expect(answer.json()).toMatchObject({ code: 'not_found' })
    }
    expect((await alder.get(routes.verticalRun(run))).json()).toMatchObject({ phase: 'running' })
  })
})

describe('publications', () => {
  it("are the key service's, signed, in order, once", async () => {
    const { running, alder, cedar, runOf, events } = world
    const { run, manifest } = await running()
    const aligned: Published = { type: 'aligned', rows: 90 }
    const [head, ended] = [headOf(manifest), endedAt(manifest)]
    expect(codeOf(await alder.publish(run, manifest, 1, aligned))).toBe('forbidden')
    const signature = sign(alder.identity, Buffer.alloc(32))
    expect(codeOf(await cedar.post(routes.verticalPublished(run), { seq: 1, event: aligned, signature }))).toBe('auth_signature')
    expect(codeOf(await cedar.publish(run, 'ab'.repeat(32), 1, aligned))).toBe('auth_signature')
    expect(codeOf(await cedar.publish(run, manifest, 2, aligned))).toBe('message_out_of_order')
    expect((await cedar.publish(run, manifest, 1, aligned)).json()).toMatchObject({ rows: 90 })
    expect((await cedar.publish(run, manifest, 1, aligned)).status).toBe(200)
    const other = await cedar.publish(run, manifest, 1, { type: 'aligned', rows: 91 })
    expect([other.status, codeOf(other)]).toEqual([409, 'slr_equivocation'])
    await cedar.publish(run, manifest, 2, { type: 'step.opened', step: 0, closing: false, keyId: 'k0' })
    await cedar.publish(run, manifest, 3, { type: 'opening', step: 0, party: 'alder', numbers: 3, quotaLeft: 57 } as Published)
    await cedar.publish(run, manifest, 4, { type: 'step.closed', step: 0, f: 0.9, rho: 12, head })
    expect(await runOf(run)).toMatchObject({ rows: 90, step: 0, f: 0.9, head, phase: 'running' })
    expect((await cedar.publish(run, manifest, 5, ended)).json()).toMatchObject({ phase: 'completed', f: 0.5, failure: null })
    expect((await cedar.publish(run, manifest, 5, ended)).json()).toMatchObject({ phase: 'completed' })
    expect(codeOf(await cedar.publish(run, manifest, 6, aligned))).toBe('vertical_not_running')
    const told = (await events(run)).filter(({ event }) => event.type === 'vertical.published')
    expect(told.map(({ event }) => event.data.type)).toEqual(['aligned', 'step.opened', 'opening', 'step.closed', 'ended'])
    expect((await runOf(run)).endedAt).not.toBeNull()
  })

  it('of openings add up over the runs of the same parties', async () => {
    const { running, alder, cedar } = world
    const opening = (quotaLeft: number): Published => ({ type: 'opening', step: 0, party: 'alder', numbers: 3, quotaLeft })
    const opened = async (run: string) =>
      verticalOpeningsSchema.parse((await alder.get(routes.verticalOpenings(run))).json()).find(({ party }) => party === 'alder')
    const before = (await opened((await running()).run))?.overRuns ?? { runs: 0, numbers: 0, quota: 0 }
    const [one, two] = [await running(), await running()]
    await cedar.publish(one.run, one.manifest, 1, opening(57))
    await cedar.publish(one.run, one.manifest, 2, opening(54))
    // A repetition is counted once.
    await cedar.publish(one.run, one.manifest, 2, opening(54))
    await cedar.publish(two.run, two.manifest, 1, opening(27))
    const overRuns = { runs: before.runs + 2, numbers: before.numbers + 9, quota: before.quota + 90 }
    expect(await opened(one.run)).toMatchObject({ numbers: 6, quota: 60, overRuns })
    expect(await opened(two.run)).toMatchObject({ numbers: 3, quota: 30, overRuns })
  })

  it('show no head that the key service signed for another place or run', async () => {
    const { running, cedar, runOf } = world
    const { run, manifest } = await running()
    const closed = (head: Published & { type: 'step.closed' }) => cedar.publish(run, manifest, 1, head)
    const step = { type: 'step.closed', step: 0, f: 0.9, rho: 12 } as const
    expect(codeOf(await closed({ ...step, head: { ...headOf(manifest), seq: 4 } }))).toBe('audit_broken')
    expect(codeOf(await closed({ ...step, head: headOf('cd'.repeat(32)) }))).toBe('audit_broken')
    expect((await runOf(run)).head).toBeNull()
    expect((await closed({ ...step, head: headOf(manifest) })).json()).toMatchObject({ head: headOf(manifest) })
  })

  it('come while the run is paused too, and not before it runs', async () => {
    const { running, proposed, cedar, act } = world
    const { run, manifest } = await running()
    await act(run, 'pause')
    expect((await cedar.publish(run, manifest, 1, { type: 'aligned', rows: 80 })).json()).toMatchObject({
      phase: 'paused',
      rows: 80,
    })
    const early = await proposed()
    expect(codeOf(await cedar.publish(early.id, manifest, 1, { type: 'aligned', rows: 80 }))).toBe('vertical_not_running')
  })
})

describe('after the end', () => {
  it('the last words of the key service and predictions go through, nothing else', async () => {
    const { running, alder, birch, cedar } = world
    const { run, manifest } = await running()
    await cedar.publish(run, manifest, 1, endedAt(manifest))
    expect((await cedar.send(run, manifest, alder, { kind: 'decide' })).answer.status).toBe(200)
    expect((await cedar.send(run, manifest, alder, { kind: 'done' })).answer.status).toBe(200)
    expect((await birch.send(run, manifest, alder, { kind: 'predict' })).answer.status).toBe(200)
    expect((await alder.send(run, manifest, birch, { kind: 'predict-share' })).answer.status).toBe(200)
    for (const kind of ['u', 'd', 'open', 'share', 'step-key', 'psi-set'] as const)
      expect(codeOf((await birch.send(run, manifest, alder, { kind })).answer)).toBe('vertical_not_running')
    expect((await alder.inbox(run)).json()).toHaveLength(3)
  })

  it('mail goes once its receiver holds it, not before, and is still known', async () => {
    const { running, alder, birch, cedar, http } = world
    const { run, manifest } = await running()
    const sent = [
      await alder.send(run, manifest, birch),
      await alder.send(run, manifest, birch),
      await alder.send(run, manifest, birch),
    ]
    const [first, second, third] = sent
    if (first === undefined || second === undefined || third === undefined) throw new Error('three were sent')
    // While the run goes on, what is held stays.
    expect((await birch.inbox(run, 2)).json()).toHaveLength(1)
    expect((await birch.open(run, first.sha256)).status).toBe(200)
    await cedar.post(routes.verticalAbort(run), { code: 'x', reason: 'y' })
    await birch.inbox(run, 2)
    expect(((await birch.inbox(run)).json() as Mail[]).map(({ cursor }) => cursor)).toEqual([3])
    expect(codeOf(await birch.open(run, first.sha256))).toBe('not_found')
    expect((await birch.open(run, third.sha256)).bytes.equals(third.bytes)).toBe(true)
    expect((await alder.deliver(run, first.bytes)).json()).toEqual({ status: 'stored', repeated: true, sha256: first.sha256 })
    // Whoever never comes is waited for a month.
    http.clock.now += 31 * 86_400_000
    await http.coordinator.mailRoom.sweep()
    expect(codeOf(await birch.open(run, third.sha256))).toBe('not_found')
  })

  it('a claim to hold mail that never was removes nothing that comes later', async () => {
    const { running, alder, birch, cedar } = world
    const { run, manifest } = await running()
    await alder.send(run, manifest, birch)
    expect((await birch.inbox(run, 1_000)).json()).toEqual([])
    const later = await alder.send(run, manifest, birch)
    await cedar.post(routes.verticalAbort(run), { code: 'x', reason: 'y' })
    await birch.inbox(run, 1)
    expect((await birch.open(run, later.sha256)).status).toBe(200)
  })
})

describe('what a crash left behind', () => {
  it('is removed once it is old: envelopes that were arriving, bytes without a row; mail stays', async () => {
    const { running, alder, birch, http } = world
    const { run, manifest } = await running()
    const { sha256 } = await alder.send(run, manifest, birch)
    const { blobs } = http.coordinator.mailRoom
    const { sha256: orphan } = await blobs.putPieces([Buffer.from('x')])
    const [old, young] = ['mail-old', 'mail-young'].map((name) => join(blobs.stagingFolder, name)) as [string, string]
    for (const file of [old, young]) writeFileSync(file, 'half of it')
    await http.coordinator.mailRoom.recover()
    expect([existsSync(old), existsSync(young), await blobs.size(orphan)]).toEqual([true, true, 1])
    const yesterday = new Date(Date.now() - 86_400_000)
    for (const file of [old, blobs.file(orphan), blobs.file(sha256)]) utimesSync(file, yesterday, yesterday)
    await http.coordinator.mailRoom.recover()
    expect([existsSync(old), existsSync(young), await blobs.size(orphan)]).toEqual([false, true, null])
    expect((await birch.open(run, sha256)).status).toBe(200)
  })
})

describe('a party that left right before a kill', () => {
  it('ends its runs after the restart', async () => {
    const own = await verticalWorld()
    try {
      const { http, running, runOf } = own
      const { run } = await running()
      const { store } = http.coordinator
      const alder = (await store.participants(own.federation)).find(({ name }) => name === 'alder')
      await store.updateParticipant(alder?.id as ParticipantId, { leftAt: new Date() })
      await http.coordinator.departures.recover()
      const failure = { details: { name: 'alder', code: 'participant_left' } }
      expect(await runOf(run)).toMatchObject({ phase: 'aborted', failure })
      await http.coordinator.departures.recover()
      expect(await runOf(run)).toMatchObject({ phase: 'aborted', failure })
    } finally {
      await own.close()
    }
  })
})

describe('events and figures', () => {
  it('are read in pages without a gap', async () => {
    const { running, alder, birch } = world
    const { run, manifest } = await running()
    for (let n = 0; n < 5; n += 1) await alder.send(run, manifest, birch)
    const page = async (query: string) =>
      (await alder.get(`${routes.verticalEvents(run)}?${query}`)).json() as { headSeq: number; events: { seq: number }[] }
    const all = await page('')
    expect(all.headSeq).toBe(12)
    expect(all.events.map(({ seq }) => seq)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1))
    expect((await page('after=3&before=7')).events.map(({ seq }) => seq)).toEqual([4, 5, 6])
    expect((await page('after=3&limit=2')).events.map(({ seq }) => seq)).toEqual([4, 5])
  })

  it('count relayed mail by kind, repetitions not', async () => {
    const small = await verticalWorld()
    const { run, manifest } = await small.running()
    const one = await small.alder.send(run, manifest, small.birch, { kind: 'u', bytes: 500 })
    await small.alder.deliver(run, one.bytes)
    const two = await small.birch.send(run, manifest, small.alder, { kind: 'd' })
    const figures = (await small.http.call('/metrics')).body
    expect(figures).toContain('tributary_vertical_messages_total{kind="u"} 1\n')
    expect(figures).toContain(`tributary_vertical_bytes_total{kind="u"} ${one.bytes.length}\n`)
    expect(figures).toContain(`tributary_vertical_bytes_total{kind="d"} ${two.bytes.length}\n`)
    const openapi = (await small.http.call('/openapi.json')).json<{ paths: Record<string, object> }>()
    for (const path of [routes.verticalMessages('{run}'), routes.verticalInbox('{run}'), routes.party('{federation}')])
      expect(Object.keys(openapi.paths)).toContain(decodeURIComponent(path))
    await small.close()
  })

  it('two parties at once lose nothing', async () => {
    const { running, alder, birch, cedar, events, runOf } = world
    const { run, manifest } = await running()
    const stream = async (from: typeof alder, to: typeof alder) => {
      for (let n = 0; n < 15; n += 1) expect((await from.send(run, manifest, to)).answer.status).toBe(200)
    }
    await Promise.all([stream(alder, cedar), stream(birch, cedar), stream(birch, alder), stream(cedar, birch)])
    const mail = (await cedar.inbox(run)).json() as Mail[]
    expect(mail.map(({ cursor }) => cursor)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1))
    for (const name of ['alder', 'birch'])
      expect(mail.filter(({ from }) => from === name).map(({ seq }) => seq)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1))
    const log = await events(run)
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1))
    expect(log.filter(({ event }) => event.type === 'vertical.message')).toHaveLength(60)
    expect((await runOf(run)).headSeq).toBe(log.length)
  })
})
