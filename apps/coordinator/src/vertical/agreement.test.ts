import { createIdentity, publicKeysOf, sign } from '@tributary/crypto'
import { routes, type VerticalParty, type VerticalRun } from '@tributary/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manifestOf } from './testing/fake-parties.ts'
import { type VerticalWorld, verticalWorld } from './testing/vertical-world.ts'

let world: VerticalWorld
beforeAll(async () => {
  world = await verticalWorld()
})
afterAll(() => world.close())

const codeOf = (answer: { json: () => unknown }) => (answer.json() as { code?: string }).code

describe('parties', () => {
  it('register with role, keys and counts, and are listed with their fingerprints', async () => {
    const { alder, federation } = world
    const again = await alder.register(federation, { rows: 100 })
    expect(again.status).toBe(200)
    const listed = (await alder.get(routes.parties(federation))).json() as VerticalParty[]
    expect(
      listed.map(({ name, role, rows, features, fingerprint, online }) => ({ name, role, rows, features, fingerprint, online })),
    ).toEqual(
      world.parties.map((party) => ({
        name: party.name,
        role: party.role,
        rows: party.role === 'key-service' ? null : 100,
        features: party.role === 'key-service' ? null : 3,
        fingerprint: party.manifestParty.fingerprint,
        online: false,
      })),
    )
  })

  it('keep the keys of their first registration', async () => {
    const { alder, federation } = world
    const other = await alder.register(federation, { keys: publicKeysOf(createIdentity()) })
    expect([other.status, codeOf(other)]).toEqual([409, 'party_keys_fixed'])
    expect((other.json() as { details: object }).details).toEqual({ name: 'alder' })
  })

  it('say how much data they hold, if they hold any', async () => {
    const { alder, cedar, federation } = world
    for (const answer of [
      await alder.register(federation, { rows: null }),
      await alder.register(federation, { features: 0 }),
      await cedar.register(federation, { rows: 5 }),
    ])
      expect(codeOf(answer)).toBe('bad_request')
  })

  it('are institutions of the federation', async () => {
    const { http, federation, alder } = world
    const body = { role: 'label', keys: alder.keys, rows: 10, features: 1 }
    const asAdmin = await http.call(routes.party(federation), { method: 'PUT', token: http.admin, body })
    expect(asAdmin.json()).toMatchObject({ code: 'forbidden' })
    const other = await http.federation('elsewhere')
    const stranger = await http.member(other, 'institution', 'stranger')
    const asStranger = await http.call(routes.party(federation), { method: 'PUT', token: stranger, body })
    expect(asStranger.json()).toMatchObject({ code: 'not_found' })
  })
})

describe('a proposed run', () => {
  it('is created by a researcher, with every party when none is named', async () => {
    const { http, federation } = world
    const token = await http.member(federation, 'researcher', 'rowan')
    const answer = await http.call(routes.federationVerticalRuns(federation), {
      method: 'POST',
      token,
      body: { settings: { lambda: 2 } },
    })
    const run = answer.json<VerticalRun>()
    expect(run).toMatchObject({
      kind: 'vertical',
      phase: 'proposed',
      createdBy: 'rowan',
      settings: { lambda: 2, optimiser: { name: 'pcg' } },
      manifest: null,
      allowedActions: ['cancel'],
      headSeq: 2,
    })
    expect(run.parties.map(({ name, approved }) => [name, approved])).toEqual([
      ['alder', false],
      ['birch', false],
      ['cedar', false],
    ])
    const seen = await http.call(routes.verticalRun(run.id), { token })
    expect(seen.json()).toEqual(run)
    const listed = await http.call(routes.federationVerticalRuns(federation), { token })
    expect(listed.json<VerticalRun[]>().map(({ id }) => id)).toContain(run.id)
  })

  it('is not created by a party, nor seen from another federation', async () => {
    const { alder, federation, http, proposed } = world
    expect(codeOf(await alder.post(routes.federationVerticalRuns(federation), { settings: {} }))).toBe('forbidden')
    const { id } = await proposed()
    const stranger = await http.member(await http.federation('far away'), 'admin', 'stranger')
    for (const url of [routes.verticalRun(id), routes.verticalEvents(id), routes.verticalInbox(id)])
      expect((await http.call(url, { token: stranger })).json()).toMatchObject({ code: 'not_found' })
    expect((await http.call(routes.verticalRuns, { token: stranger })).json()).toEqual([])
  })

  it('needs one label party, one key service and features', async () => {
    const { http, proposed } = world
    expect(await proposed({ parties: ['alder', 'birch', 'dogwood'] })).toMatchObject({
      code: 'party_not_registered',
      details: { name: 'dogwood' },
    })
    expect(await proposed({ parties: ['alder', 'birch', 'birch'] })).toMatchObject({ code: 'vertical_roles_invalid' })
    expect(await proposed({ settings: { predictionReceiver: 'dogwood' } })).toMatchObject({ code: 'vertical_roles_invalid' })
    const empty = await http.federation('empty')
    const none = await http.call(routes.federationVerticalRuns(empty), {
      method: 'POST',
      token: http.admin,
      body: { settings: {} },
    })
    expect(none.json()).toMatchObject({ code: 'vertical_roles_invalid' })
  })
})

describe('the manifest', () => {
  it('is put by the label party alone, signed, and fits what was registered', async () => {
    const { proposed, alder, birch, parties } = world
    const run = await proposed()
    const manifest = manifestOf(run, parties)
    const asAlder = await alder.putManifest(run.id, manifest)
    expect([asAlder.status, codeOf(asAlder)]).toEqual([403, 'forbidden'])
    const forged = await birch.put(routes.verticalManifest(run.id), {
      manifest,
      signature: sign(alder.identity, Buffer.alloc(32)),
    })
    expect([forged.status, codeOf(forged)]).toEqual([403, 'auth_signature'])
    const [first, ...rest] = manifest.parties
    for (const other of [
      { ...manifest, runId: (await proposed()).id },
      { ...manifest, rowsBound: 99 },
      { ...manifest, settings: { ...manifest.settings, lambda: 3 } },
      { ...manifest, parties: [...manifest.parties].reverse() },
      { ...manifest, parties: [{ ...(first ?? expect.fail()), features: 4 }, ...rest] },
      { ...manifest, parties: [{ ...(first ?? expect.fail()), fingerprint: 'ab'.repeat(32) }, ...rest] },
      { ...manifest, parties: [{ ...(first ?? expect.fail()), role: 'label' as const }, ...rest] },
    ])
      expect(codeOf(await birch.putManifest(run.id, other))).toBe('manifest_mismatch')
    const put = await birch.putManifest(run.id, manifest)
    expect(put.json()).toMatchObject({ phase: 'approving', manifest })
    expect((put.json() as VerticalRun).parties.map(({ approved }) => approved)).toEqual([false, true, false])
    // Again the same: nothing happens; another: too late.
    expect((await birch.putManifest(run.id, manifest)).json()).toEqual(put.json())
    const other = { ...manifest, he: { ...manifest.he, keysPerStep: 2 } }
    expect(codeOf(await birch.putManifest(run.id, other))).toBe('manifest_mismatch')
  })

  it('runs when all have signed it, and only then', async () => {
    const { proposed, alder, birch, cedar, parties, runOf, events, http } = world
    const run = await proposed()
    expect(codeOf(await alder.approve(run.id, 'ab'.repeat(32)))).toBe('vertical_not_running')
    const put = (await birch.putManifest(run.id, manifestOf(run, parties))).json() as VerticalRun
    const hash = put.manifestSha256 ?? ''
    expect(codeOf(await alder.approve(run.id, 'ab'.repeat(32)))).toBe('manifest_mismatch')
    const forged = { decision: 'approve', manifestSha256: hash, signature: sign(birch.identity, Buffer.from(hash, 'hex')) }
    expect(codeOf(await alder.post(routes.verticalApprovals(run.id), forged))).toBe('auth_signature')
    const one = (await alder.approve(run.id, hash)).json()
    expect(one).toMatchObject({ phase: 'approving', startedAt: null })
    expect((await alder.approve(run.id, hash)).json()).toEqual(one)
    const asAdmin = await http.call(routes.verticalApprovals(run.id), { method: 'POST', token: http.admin, body: forged })
    expect(asAdmin.json()).toMatchObject({ code: 'forbidden' })
    const all = (await cedar.approve(run.id, hash)).json()
    expect(all).toMatchObject({ phase: 'running', allowedActions: [] })
    expect((await cedar.approve(run.id, hash)).json()).toEqual(all)
    const { startedAt, parties: signed } = await runOf(run.id)
    expect(startedAt).not.toBeNull()
    expect(signed.map(({ signature }) => signature)).toEqual(
      parties.map(({ identity }) => sign(identity, Buffer.from(hash, 'hex'))),
    )
    expect((await events(run.id)).map(({ seq, event }) => [seq, event.type])).toEqual([
      [1, 'vertical.action'],
      [2, 'vertical.state'],
      [3, 'vertical.manifest'],
      [4, 'vertical.state'],
      [5, 'vertical.approved'],
      [6, 'vertical.approved'],
      [7, 'vertical.state'],
    ])
  })

  it('is refused by one for all', async () => {
    const { proposed, alder, birch, parties, runOf } = world
    const run = await proposed()
    await birch.putManifest(run.id, manifestOf(run, parties))
    const refusal = { decision: 'refuse', code: 'slr_overflow_bound', reason: 'my columns are too large' }
    const refused = await alder.post(routes.verticalApprovals(run.id), refusal)
    expect(refused.json()).toMatchObject({
      phase: 'aborted',
      failure: {
        code: 'slr_refused',
        details: { name: 'alder', reason: 'my columns are too large', code: 'slr_overflow_bound' },
      },
    })
    expect((await alder.post(routes.verticalApprovals(run.id), refusal)).json()).toEqual(refused.json())
    expect((await runOf(run.id)).endedAt).not.toBeNull()
  })
})
