import { randomBytes } from 'node:crypto'
import { canonicalJson, openEnvelope, verifyEnvelope } from '@tributary/crypto'
import { FIRST_PREV_HASH, MAX_ENVELOPE_BYTES, type Mail, routes, writeEnvelope } from '@tributary/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type VerticalWorld, verticalWorld } from './testing/vertical-world.ts'

let world: VerticalWorld
beforeAll(async () => {
  world = await verticalWorld()
})
afterAll(() => world.close())

const codeOf = (answer: { json: () => unknown }) => (answer.json() as { code?: string }).code
const detailsOf = (answer: { json: () => unknown }) => (answer.json() as { details?: object }).details

describe('sealed mail', () => {
  it('goes to its receiver unchanged, in order of arrival, and can be opened there alone', async () => {
    const { alder, birch, cedar, running, runOf, events } = world
    const { run, manifest } = await running()
    const first = await alder.send(run, manifest, birch, { kind: 'u', bytes: 1_000 })
    const second = await cedar.send(run, manifest, birch, { kind: 'step-key', bytes: 2_000 })
    const third = await alder.send(run, manifest, birch, { kind: 'share' })
    expect(first.answer.json()).toEqual({ status: 'stored', repeated: false, sha256: first.sha256 })
    const mail = (await birch.inbox(run)).json() as Mail[]
    expect(mail.map(({ cursor, from, seq, kind, sha256, bytes }) => [cursor, from, seq, kind, sha256, bytes])).toEqual([
      [1, 'alder', 1, 'u', first.sha256, first.bytes.length],
      [2, 'cedar', 1, 'step-key', second.sha256, second.bytes.length],
      [3, 'alder', 2, 'share', third.sha256, third.bytes.length],
    ])
    const got = await birch.open(run, first.sha256)
    expect(got.bytes.equals(first.bytes)).toBe(true)
    const { envelope } = verifyEnvelope(got.bytes, alder.keys)
    expect(await openEnvelope(envelope, birch.identity)).toHaveLength(1_000)
    await expect(openEnvelope(envelope, cedar.identity)).rejects.toMatchObject({ code: 'auth_signature' })
    expect(((await birch.inbox(run, 1, 1)).json() as Mail[]).map(({ cursor }) => cursor)).toEqual([2])
    expect((await alder.inbox(run)).json()).toEqual([])
    const total = first.bytes.length + second.bytes.length + third.bytes.length
    expect(await runOf(run)).toMatchObject({
      bytes: total,
      parties: [
        { name: 'alder', bytesSent: first.bytes.length + third.bytes.length, bytesReceived: 0 },
        { name: 'birch', bytesSent: 0, bytesReceived: total },
        { name: 'cedar', bytesSent: second.bytes.length, bytesReceived: 0 },
      ],
    })
    const told = (await events(run)).filter(({ event }) => event.type === 'vertical.message').map(({ event }) => event.data)
    expect(told[0]).toEqual({ from: 'alder', to: 'birch', kind: 'u', step: 0, bytes: first.bytes.length, sha256: first.sha256 })
    expect(told).toHaveLength(3)
  })

  it('is read by its receiver alone', async () => {
    const { alder, birch, cedar, running, http } = world
    const { run, manifest } = await running()
    const { sha256 } = await alder.send(run, manifest, birch)
    expect(codeOf(await cedar.open(run, sha256))).toBe('not_found')
    expect(codeOf(await alder.open(run, sha256))).toBe('not_found')
    expect(codeOf(await birch.open(run, 'ab'.repeat(32)))).toBe('not_found')
    for (const url of [routes.verticalMessage(run, sha256), routes.verticalInbox(run)]) {
      const asAdmin = await http.call(url, { token: http.admin })
      expect([asAdmin.statusCode, asAdmin.json<{ code: string }>().code]).toEqual([403, 'forbidden'])
    }
    // Mail of one run is not found through another.
    const other = await running()
    expect(codeOf(await birch.open(other.run, sha256))).toBe('not_found')
  })

  it('answers the same bytes as before, and two messages for one place never', async () => {
    const { alder, birch, running, events } = world
    const { run, manifest } = await running()
    const sealed = await alder.seal(manifest, birch)
    const twin = await alder.seal(manifest, birch)
    const answers = await Promise.all([alder.deliver(run, sealed.bytes), alder.deliver(run, sealed.bytes)])
    expect(answers.map((answer) => answer.json()).sort((a) => ((a as { repeated: boolean }).repeated ? 1 : -1))).toEqual([
      { status: 'stored', repeated: false, sha256: sealed.sha256 },
      { status: 'stored', repeated: true, sha256: sealed.sha256 },
    ])
    const other = await alder.deliver(run, twin.bytes)
    expect([other.status, codeOf(other), detailsOf(other)]).toEqual([
      409,
      'slr_equivocation',
      { from: 'alder', place: 'birch/1' },
    ])
    expect((await alder.deliver(run, sealed.bytes)).json()).toMatchObject({ repeated: true })
    expect((await birch.inbox(run)).json()).toHaveLength(1)
    expect((await birch.open(run, sealed.sha256)).bytes.equals(sealed.bytes)).toBe(true)
    expect(codeOf(await birch.open(run, twin.sha256))).toBe('not_found')
    expect((await events(run)).filter(({ event }) => event.type === 'vertical.message')).toHaveLength(1)
  })

  it('lets one of two messages for one place win when they come at once', async () => {
    const { alder, birch, running } = world
    const { run, manifest } = await running()
    const rivals = await Promise.all([alder.seal(manifest, birch), alder.seal(manifest, birch)])
    const answers = await Promise.all(rivals.map(({ bytes }) => alder.deliver(run, bytes)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    const won = rivals[answers.findIndex(({ status }) => status === 200)] ?? expect.fail()
    expect(((await birch.inbox(run)).json() as Mail[]).map(({ sha256 }) => sha256)).toEqual([won.sha256])
  })

  it('keeps the order of each pair', async () => {
    const { alder, birch, cedar, running } = world
    const { run, manifest } = await running()
    const early = await alder.deliver(
      run,
      (await alder.seal(manifest, birch, { header: { seq: 2, prevHash: 'cd'.repeat(32) } })).bytes,
    )
    expect([early.status, codeOf(early), detailsOf(early)]).toEqual([
      409,
      'message_out_of_order',
      { seq: 2, from: 'alder', to: 'birch', expected: 1 },
    ])
    await alder.send(run, manifest, birch)
    // It follows a message that the hub never took: the sender wrote two for the place before.
    const fork = await alder.deliver(run, (await alder.seal(manifest, birch, { header: { prevHash: 'cd'.repeat(32) } })).bytes)
    expect([codeOf(fork), detailsOf(fork)]).toEqual(['slr_equivocation', { from: 'alder', place: 'birch/1' }])
    const back = await alder.deliver(
      run,
      (await alder.seal(manifest, birch, { header: { seq: 1, prevHash: FIRST_PREV_HASH } })).bytes,
    )
    expect(codeOf(back)).toBe('slr_equivocation')
    // Other pairs have chains of their own.
    expect((await alder.send(run, manifest, cedar)).answer.status).toBe(200)
    expect((await birch.send(run, manifest, alder)).answer.status).toBe(200)
    expect((await alder.send(run, manifest, birch)).answer.status).toBe(200)
  })

  it('comes from its sender, for this run, to another party of it', async () => {
    const { alder, birch, cedar, running } = world
    const { run, manifest } = await running()
    const other = await running()
    const inAnothersName = await alder.deliver(run, (await birch.seal(manifest, cedar)).bytes)
    expect([inAnothersName.status, codeOf(inAnothersName), detailsOf(inAnothersName)]).toEqual([
      403,
      'auth_signature',
      { from: 'birch' },
    ])
    // Signed by alder's key, with birch's name; sent by birch's token.
    const forged = await birch.deliver(run, (await alder.seal(manifest, cedar, { header: { from: 'birch' } })).bytes)
    expect([codeOf(forged), detailsOf(forged)]).toEqual(['auth_signature', { from: 'birch' }])
    const wrongRun = await alder.deliver(run, (await alder.seal(other.manifest, birch)).bytes)
    expect(codeOf(wrongRun)).toBe('manifest_mismatch')
    for (const to of ['alder', 'dogwood'])
      expect(codeOf(await alder.deliver(run, (await alder.seal(manifest, birch, { header: { to } })).bytes))).toBe(
        'envelope_malformed',
      )
  })

  it('is not altered on its way: header, signature, sealed bytes', async () => {
    const { alder, birch, running } = world
    const { run, manifest } = await running()
    const { bytes } = await alder.seal(manifest, birch)
    const { envelope } = verifyEnvelope(bytes, alder.keys)
    const withHeader = (change: object) =>
      writeEnvelope({ ...envelope, headerBytes: Buffer.from(canonicalJson({ ...envelope.header, ...change })) })
    const flipped = (index: number) => {
      const copy = Buffer.from(bytes)
      copy[index] = (copy[index] ?? 0) ^ 1
      return copy
    }
    for (const altered of [
      withHeader({ kind: 'd' }),
      withHeader({ step: 1 }),
      flipped(bytes.length - 1),
      flipped(bytes.length - envelope.sealed.length - 1),
    ])
      expect(codeOf(await alder.deliver(run, altered))).toBe('auth_signature')
    const spaced = writeEnvelope({ ...envelope, headerBytes: Buffer.from(JSON.stringify(envelope.header, null, 1)) })
    for (const broken of [
      Buffer.alloc(0),
      bytes.subarray(0, 7),
      bytes.subarray(0, 100),
      bytes.subarray(0, bytes.length - envelope.sealed.length),
      bytes.subarray(0, bytes.length - envelope.sealed.length + 47),
      flipped(0),
      flipped(6),
      spaced,
      randomBytes(5_000),
    ])
      expect(codeOf(await alder.deliver(run, broken))).toBe('envelope_malformed')
    expect((await alder.deliver(run, bytes)).status).toBe(200)
  })

  it('says the same of an envelope as the crypto package does', async () => {
    const { alder, birch, running } = world
    const { run, manifest } = await running()
    for (const size of [0, 1, 1_000, 70_000, 300_000]) {
      const { bytes, answer } = await alder.send(run, manifest, birch, { bytes: size })
      expect(answer.json()).toMatchObject({ sha256: verifyEnvelope(bytes, alder.keys).sha256, repeated: false })
    }
  })

  it('has limits', async () => {
    const { alder, birch, running } = world
    const { run, manifest } = await running()
    const { bytes } = await alder.seal(manifest, birch)
    const json = await alder.post(routes.verticalMessages(run), {})
    expect(codeOf(json)).toBe('not_found')
    expect(codeOf(await alder.put(routes.verticalMessages(run), { hello: 1 }))).toBe('unsupported_media_type')
    const declared = await world.http.call(routes.verticalMessages(run), {
      method: 'PUT',
      token: alder.token,
      body: Buffer.from(bytes),
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(MAX_ENVELOPE_BYTES + 1) },
    })
    expect(declared.json()).toMatchObject({ code: 'body_too_large', details: { limit: MAX_ENVELOPE_BYTES } })
  })
})

describe('a full run', () => {
  it('takes no more mail, but answers for what it has', async () => {
    const small = await verticalWorld({ limits: { mailBytesPerRun: 3_000 } })
    const { alder, birch, running } = small
    const { run, manifest } = await running()
    const first = await alder.send(run, manifest, birch, { bytes: 2_000 })
    expect(first.answer.status).toBe(200)
    const second = await alder.send(run, manifest, birch, { bytes: 2_000 })
    expect([second.answer.status, codeOf(second.answer)]).toEqual([413, 'vertical_mail_full'])
    expect((await alder.deliver(run, first.bytes)).json()).toMatchObject({ repeated: true })
    await small.close()
  })
})
