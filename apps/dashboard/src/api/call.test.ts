import { TributaryError } from '@tributary/protocol'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Caller, callForFile, callForJson, SIGNED_OUT } from './call.ts'

const answering = (response: () => Response | Promise<Response>): Caller => ({
  credential: { kind: 'token', token: 'trb_x' },
  language: 'zh',
  fetch: async () => response(),
})

describe('a file', () => {
  let told: EventTarget
  beforeEach(() => {
    told = new EventTarget()
    vi.stubGlobal('dispatchEvent', (event: Event) => told.dispatchEvent(event))
  })
  afterEach(() => vi.unstubAllGlobals())

  it('comes as it is, asked for as its caller', async () => {
    const fetch = vi.fn(async (_: unknown, __?: RequestInit) => new Response(new Uint8Array([1, 2, 3])))
    const file = await callForFile({ ...answering(() => new Response()), fetch }, { path: '/file' })
    expect([...new Uint8Array(await file.arrayBuffer())]).toEqual([1, 2, 3])
    expect(fetch.mock.calls[0]?.[0]).toBe('/file')
    expect(fetch.mock.calls[0]?.[1]?.headers).toMatchObject({ authorization: 'Bearer trb_x', 'accept-language': 'zh' })
  })

  it('is refused by the code of the coordinator, and a caller that is not known any more is told to the page', async () => {
    const isEnded = vi.fn()
    told.addEventListener(SIGNED_OUT, isEnded)
    const refusing = (error: TributaryError, status: number) => answering(() => Response.json(error.toBody(), { status }))
    const unknown = new TributaryError('not_found', { what: 'model', id: 'x' })
    await expect(callForFile(refusing(unknown, 404), { path: '/file' })).rejects.toMatchObject({ code: 'not_found' })
    expect(isEnded).not.toHaveBeenCalled()
    const ended = new TributaryError('session_expired')
    await expect(callForFile(refusing(ended, 401), { path: '/file' })).rejects.toMatchObject({ code: 'session_expired' })
    expect(isEnded).toHaveBeenCalledOnce()
  })

  it('is not answered: by a proxy, by nobody, or by one whose line breaks in the middle', async () => {
    const proxy = answering(() => new Response('<h1>Bad gateway</h1>', { status: 502 }))
    await expect(callForFile(proxy, { path: '/file' })).rejects.toMatchObject({ code: 'unreachable' })
    const nobody = answering(() => Promise.reject(new TypeError('failed to fetch')))
    await expect(callForFile(nobody, { path: '/file' })).rejects.toMatchObject({ code: 'unreachable' })
    const cut = answering(() => new Response(new ReadableStream({ pull: (sink) => sink.error(new TypeError('cut')) })))
    await expect(callForFile(cut, { path: '/file' })).rejects.toMatchObject({ code: 'unreachable' })
  })
})

it('is not answered by a line that breaks in the middle of its body, whether it says yes or no', async () => {
  for (const status of [200, 403]) {
    const cut = () => new Response(new ReadableStream({ pull: (sink) => sink.error(new TypeError('cut')) }), { status })
    await expect(callForJson(answering(cut), { path: '/runs' })).rejects.toMatchObject({
      code: 'unreachable',
      details: { url: '/runs', reason: 'cut' },
    })
  }
})
