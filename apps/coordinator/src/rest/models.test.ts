import { createHash } from 'node:crypto'
import { type FederationId, type Run, routes } from '@tributary/protocol'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { errorOf, type HttpWorld, httpWorld } from '../testing/http-world.ts'
import { parseRange } from './model-routes.ts'

describe('a range', () => {
  it.each([
    [undefined, null],
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=3-', { start: 3, end: 9 }],
    ['bytes=3-99', { start: 3, end: 9 }],
    ['bytes=9-9', { start: 9, end: 9 }],
    ['bytes=10-', 'unsatisfiable'],
    // Not a range at all (section 14.1.1), so it is as if none were asked for.
    ['bytes=5-4', null],
    ['bytes=20-4', null],
    // A server may ignore what it does not take (RFC 9110, section 14.2).
    ['bytes=-3', null],
    ['bytes=0-1,3-4', null],
    ['items=0-1', null],
    ['bytes=a-b', null],
  ])('%s of 10 bytes', (header, expected) => expect(parseRange(header, 10)).toEqual(expected))

  it('lies within the bytes, whatever is asked', () => {
    fc.assert(
      fc.property(fc.nat(), fc.option(fc.nat()), fc.integer({ min: 1, max: 1e9 }), (start, end, size) => {
        const range = parseRange(`bytes=${start}-${end ?? ''}`, size)
        if (end !== null && end < start) return range === null
        if (range === 'unsatisfiable') return start >= size
        return range !== null && range.start === start && range.end >= start && range.end < size
      }),
      { seed: 8 },
    )
  })
})

describe('download of a model', () => {
  let world: HttpWorld
  let fed: FederationId
  let run: Run
  let token: string
  let whole: Buffer
  beforeAll(async () => {
    world = await httpWorld()
    fed = await world.federation('ours')
    run = await world.run(fed)
    token = await world.member(fed, 'institution', 'hospital')
    whole = (await world.call(routes.model(run.modelSha256), { token })).rawPayload
  })
  afterAll(() => world.close())
  beforeEach(() => {
    world.downloads.length = 0
  })
  const get = (range?: string) =>
    world.call(routes.model(run.modelSha256), { token, headers: range === undefined ? {} : { range } })

  it('gives the bytes of the hash', async () => {
    const answer = await get()
    expect(createHash('sha256').update(answer.rawPayload).digest('hex')).toBe(run.modelSha256)
    expect(answer.headers).toMatchObject({ 'accept-ranges': 'bytes', etag: `"${run.modelSha256}"` })
    expect(answer.headers['content-length']).toBe(String(whole.byteLength))
    expect(world.downloads).toEqual([{ account: 'hospital', bytes: whole.byteLength }])
  })

  it('gives the rest of an interrupted one', async () => {
    const answer = await get('bytes=10-')
    expect(answer.statusCode).toBe(206)
    expect(answer.headers['content-range']).toBe(`bytes 10-${whole.byteLength - 1}/${whole.byteLength}`)
    expect(answer.rawPayload.equals(whole.subarray(10))).toBe(true)
    expect((await get('bytes=3-7')).rawPayload.equals(whole.subarray(3, 8))).toBe(true)
  })

  it('refuses what lies beyond the end', async () => {
    const answer = await get(`bytes=${whole.byteLength}-`)
    expect(answer.statusCode).toBe(416)
    expect(answer.headers['content-range']).toBe(`bytes */${whole.byteLength}`)
    expect(world.downloads).toEqual([])
  })

  it('gives the whole for a range whose end comes before its beginning', async () => {
    const answer = await get('bytes=5-4')
    expect([answer.statusCode, answer.headers['content-range']]).toEqual([200, undefined])
    expect(answer.rawPayload.equals(whole)).toBe(true)
  })

  it('counts no download for a HEAD', async () => {
    const answer = await world.call(routes.model(run.modelSha256), { method: 'HEAD', token })
    expect([answer.statusCode, answer.rawPayload.byteLength]).toEqual([200, 0])
    expect(world.downloads).toEqual([])
  })

  it('says the same of a model of others and of none', async () => {
    const outsider = await world.member(await world.federation('theirs'), 'admin', 'out')
    for (const sha256 of [run.modelSha256, '0'.repeat(64)]) {
      const answer = await world.call(routes.model(sha256), { token: outsider })
      expect(answer.statusCode).toBe(404)
      expect(errorOf(answer)).toMatchObject({ code: 'not_found', details: { what: 'model', id: sha256 } })
    }
  })
})
