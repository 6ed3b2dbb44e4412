import { type EncodedContainer, TributaryError } from '@tributary/protocol'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeCoordinator } from '../testing/fake-coordinator.node.ts'
import { hastyClock, modelOf, RUN } from '../testing/participant-fixture.ts'
import { CoordinatorApi } from './coordinator-api.ts'
import { downloadModel } from './model-download.ts'
import { uploadUpdate } from './update-upload.ts'

const never = new AbortController().signal
const model: EncodedContainer = modelOf(1)
const length = model.bytes.byteLength

let fake: FakeCoordinator
const peer = () => new CoordinatorApi({ url: fake.url, token: 'token' }).peer
beforeEach(async () => {
  fake = await FakeCoordinator.start()
  fake.models.set(model.sha256, model.bytes)
})
afterEach(() => fake.close())

const cuts = fc.array(fc.integer({ min: 0, max: length }), { minLength: 1, maxLength: 4 })

describe('an upload', () => {
  const upload = () =>
    uploadUpdate(peer(), { run: RUN, round: 1, update: model, resume: false }, { clock: hastyClock(), signal: never })

  it('brings the very same bytes, wherever and however often it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        fake.stored.clear()
        fake.accepted.clear()
        fake.faults.splice(0)
        for (const cutAfter of places) fake.faults.push({ method: 'PUT', path: '/update', cutAfter })
        expect(await upload()).toMatchObject({ status: 'accepted', sha256: model.sha256 })
        expect(Buffer.compare([...fake.accepted.values()][0] ?? Buffer.alloc(0), model.bytes)).toBe(0)
      }),
      { numRuns: 20, seed: 1 },
    )
  })

  it('goes on from what is there when it is told the offset was wrong', async () => {
    fake.stored.set(`${RUN}/1/${model.sha256}`, model.bytes.slice(0, 100))
    const mismatch = new TributaryError('upload_offset_mismatch', { expected: 100, actual: 0 })
    fake.faults.push({ method: 'PUT', path: '/update', refuse: mismatch })
    await upload()
    expect(fake.calledWith('PUT', '/update').map(({ offset }) => offset)).toEqual([0, 100])
  })

  it('begins at 0 where HEAD finds nothing, and waits where HEAD is told to', async () => {
    fake.faults.push({ method: 'PUT', path: '/update', cutAfter: 50 })
    fake.faults.push({ method: 'HEAD', path: '/update', answer: { status: 503, body: '' } })
    fake.faults.push({ method: 'HEAD', path: '/update', answer: { status: 404, body: '' } })
    await upload()
    expect(fake.calledWith('HEAD', '/update')).toHaveLength(2)
    expect(fake.calledWith('PUT', '/update').map(({ offset }) => offset)).toEqual([0, 0])
  })

  it('does not take the receipt of another update', async () => {
    const receipt = { status: 'accepted', repeated: false, run: RUN, round: 2, sha256: model.sha256 }
    fake.faults.push({ method: 'PUT', path: '/update', answer: { status: 200, body: JSON.stringify(receipt) } })
    await expect(upload()).rejects.toMatchObject({ code: 'unexpected' })
  })
})

describe('a download', () => {
  const download = (attempts?: number) =>
    downloadModel(peer(), { sha256: model.sha256, bytes: length }, { clock: hastyClock(), signal: never, attempts })

  it('brings the very same bytes, wherever and however often it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        fake.faults.splice(0)
        for (const cutAfter of places) fake.faults.push({ method: 'GET', path: '/models/', cutAfter })
        expect(Buffer.compare(await download(), model.bytes)).toBe(0)
      }),
      { numRuns: 20, seed: 2 },
    )
  })

  it('mends bytes that were damaged on the way', async () => {
    fake.faults.push({ method: 'GET', path: '/models/', corrupt: true, cutAfter: 100 })
    expect(Buffer.compare(await download(), model.bytes)).toBe(0)
    expect(fake.calledWith('GET', '/models/').map(({ range }) => range)).toEqual([null, 'bytes=100-', null])
  })

  it('begins again where it cannot be resumed', async () => {
    fake.faults.push({ method: 'GET', path: '/models/', cutAfter: 100 })
    fake.faults.push({ method: 'GET', path: '/models/', answer: { status: 416, body: '' } })
    expect(Buffer.compare(await download(), model.bytes)).toBe(0)
    expect(fake.calledWith('GET', '/models/').map(({ range }) => range)).toEqual([null, 'bytes=100-', null])
  })

  it('takes no more bytes than the model has', async () => {
    for (let i = 0; i < 3; i += 1)
      fake.faults.push({ method: 'GET', path: '/models/', answer: { status: 200, body: 'x'.repeat(2 * length) } })
    await expect(download()).rejects.toMatchObject({ code: 'storage_corrupt' })
  })

  it('of what is not there is refused at once', async () => {
    fake.models.clear()
    await expect(download()).rejects.toMatchObject({ code: 'not_found' })
    expect(fake.calls).toHaveLength(1)
  })
})
