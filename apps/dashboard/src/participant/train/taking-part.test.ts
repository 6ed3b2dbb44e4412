import type { BrowserParticipation, ClientEvent, JoinOptions } from '@tributary/client/browser'
import { TributaryError } from '@tributary/protocol'
import { expect, it, vi } from 'vitest'
import { TakingPart } from './taking-part.ts'

function fake() {
  let options: JoinOptions | null = null
  let fail: (error: Error) => void = () => undefined
  const calls: string[] = []
  const join = async (given: JoinOptions): Promise<BrowserParticipation> => {
    options = given
    calls.push('join')
    return {
      participant: { id: 'par_00000001', name: 'oak', federation: 'fed_00000001' } as BrowserParticipation['participant'],
      backend: 'wasm',
      webgpuRefusal: { kind: 'failed', reason: 'no adapter' },
      done: new Promise((_, reject) => {
        fail = reject
      }),
      leave: async () => void calls.push('leave'),
      close: async () => void calls.push('close'),
      model: async () => new Uint8Array([1, 2]),
      score: async () => ({ loss: 1, accuracy: 0.5, samples: 3 }),
    }
  }
  return { join, calls, say: (event: ClientEvent) => options?.onEvent?.(event), fail: (error: Error) => fail(error) }
}
const given = {
  url: 'http://127.0.0.1',
  data: async () => Promise.reject(new Error('not read')),
  wasm: { plain: '', simd: '', threadedSimd: '' },
}

it('joins, pauses, comes back and leaves; events of a past connection change nothing', async () => {
  const { join, calls, say } = fake()
  const onJoined = vi.fn()
  const taking = new TakingPart(join, given, onJoined, () => 1_000)
  await Promise.all([taking.start(), taking.start()])
  expect(taking.snapshot()).toMatchObject({
    stage: 'running',
    name: 'oak',
    backend: 'wasm',
    webgpuRefusal: { kind: 'failed', reason: 'no adapter' },
  })
  expect(onJoined).toHaveBeenCalledOnce()
  say({ type: 'disconnected', reason: 'x', retryInSeconds: 1 })
  expect(taking.snapshot().training.line).toBe('lost')
  await taking.pause()
  expect(taking.snapshot().stage).toBe('paused')
  const before = taking.snapshot()
  say({ type: 'disconnected', reason: 'x', retryInSeconds: 9 })
  expect(taking.snapshot()).toBe(before)
  await taking.start()
  await taking.leave()
  expect(taking.snapshot().stage).toBe('left')
  expect(calls).toEqual(['join', 'close', 'join', 'leave'])
})

it('says why it ended, and can be started again', async () => {
  const { join, fail } = fake()
  const taking = new TakingPart(join, given, () => undefined)
  await taking.start()
  const error = new TributaryError('participant_excluded')
  fail(error)
  await vi.waitFor(() => expect(taking.snapshot()).toMatchObject({ stage: 'ended', error }))
  await taking.start()
  expect(taking.snapshot()).toMatchObject({ stage: 'running', error: null })
})

it('ends what was joined after the page went', async () => {
  const { join, calls } = fake()
  const onJoined = vi.fn()
  const taking = new TakingPart(join, given, onJoined)
  const started = taking.start()
  await taking.close()
  await started
  expect(calls).toEqual(['join', 'close'])
  expect(onJoined).not.toHaveBeenCalled()
  expect(taking.snapshot().stage).toBe('joining')
})

it('says why it could not begin', async () => {
  const error = new TributaryError('invite_used')
  const taking = new TakingPart(
    async () => Promise.reject(error),
    given,
    () => undefined,
  )
  await taking.start()
  expect(taking.snapshot()).toMatchObject({ stage: 'ended', error })
})
