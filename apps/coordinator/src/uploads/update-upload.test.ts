import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { type FederationId, type ParticipantId, type RunId, TributaryError } from '@tributary/protocol'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { CoordinatorRunEngine } from '../rounds/engine.ts'
import type { CommittedEvents } from '../rounds/event-feed.ts'
import { FileBlobs } from '../storage/file-blobs.ts'
import type { RunRecord } from '../storage/store.ts'
import { someRun } from '../storage/store-fixtures.ts'
import { dropWhenOver } from './rounds-over.ts'
import { UpdateUpload, type UploadRequest } from './update-upload.ts'
import { UploadFiles } from './upload-files.ts'
import type { ValidationResult } from './validate-update.ts'

let folder: string
let blobs: FileBlobs
let upload: UpdateUpload
let validations: ((result: ValidationResult) => void)[]
let counted: number
let refused: string[]
let isOpen: boolean

const federation = 'fed_0123456789abcdef' as FederationId
const bytes = Buffer.alloc(1_000, 3)
const request: UploadRequest = {
  run: 'run_0123456789abcdef' as RunId,
  round: 1,
  participant: 'par_0123456789abcdef' as ParticipantId,
  federation,
  sha256: 'a'.repeat(64),
  bytes: 1_000,
  offset: 0,
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-upload-'))
  blobs = await FileBlobs.create(folder)
  validations = []
  counted = 0
  refused = []
  isOpen = true
  const record = someRun(federation).record as RunRecord
  const engine = {
    admission: async () => ({
      admission: isOpen ? { kind: 'open' } : { kind: 'refused', error: new TributaryError('round_not_open', { round: 1 }) },
      record,
    }),
    updateStored: async () => {
      counted += 1
      return { repeated: false }
    },
    updateRefused: async (_run: RunId, _round: number, _participant: ParticipantId, { code }: { code: string }) => {
      refused.push(code)
    },
  } as unknown as CoordinatorRunEngine
  upload = new UpdateUpload({
    engine,
    blobs,
    files: new UploadFiles(blobs.stagingFolder),
    validator: {
      validate: () => new Promise((resolve) => validations.push(resolve)),
      close: async () => {},
    },
  })
})
afterEach(() => rmSync(folder, { recursive: true }))

const send = () => upload.receive(request, Readable.from([bytes]))
const validating = async () => {
  while (validations.length === 0) await new Promise(setImmediate)
}
const meta = { samples: 3, report: { loss: 1, accuracy: null, seconds: 1, backend: 'wasm' } }
const valid = { ok: true, meta } as unknown as ValidationResult

it('counts an update once that two connections bring, and leaves its file whole', async () => {
  const first = send()
  await validating()
  const second = send()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(validations).toHaveLength(1)
  validations[0]?.(valid)
  const receipt = { status: 'accepted', repeated: false, run: request.run, round: 1, sha256: request.sha256 }
  expect(await Promise.all([first, second])).toEqual([receipt, receipt])
  expect(counted).toBe(1)
  expect(readFileSync(blobs.file(request.sha256)).equals(bytes)).toBe(true)
})

it('takes an update again after it was refused', async () => {
  const outcome = expect(send()).rejects.toMatchObject({ code: 'update_hash_mismatch' })
  await validating()
  validations[0]?.({ ok: false, code: 'update_hash_mismatch', details: { actual: 'b', expected: 'a' } })
  await outcome
  expect(refused).toEqual(['update_hash_mismatch'])
  validations = []
  const again = send()
  await validating()
  validations[0]?.(valid)
  expect(await again).toMatchObject({ status: 'accepted' })
  expect(counted).toBe(1)
})

const other = (letter: string): UploadRequest => ({ ...request, sha256: letter.repeat(64) })
const staged = () => readdirSync(blobs.stagingFolder)
/** An upload that stands still after its first bytes. */
async function begun(of: UploadRequest): Promise<{ body: PassThrough; outcome: Promise<string> }> {
  const body = new PassThrough()
  const outcome = upload.receive(of, body).then(
    ({ status }) => status,
    (error: Error) => error.message,
  )
  body.write(bytes.subarray(0, 500))
  while ((await upload.offset(of)) < 500) await new Promise(setImmediate)
  return { body, outcome }
}

it('keeps one file of a participant that begins with one hash after another', async () => {
  for (const letter of ['a', 'b', 'c']) {
    const cut = upload.receive(other(letter), Readable.from([bytes.subarray(0, 999)]))
    await expect(cut).rejects.toMatchObject({ code: 'update_truncated' })
  }
  expect(staged()).toHaveLength(1)
  expect(await Promise.all(['a', 'b', 'c'].map((letter) => upload.offset(other(letter))))).toEqual([0, 0, 999])
})

it('ends a connection with an older hash, and waits for one whose bytes are being counted', async () => {
  const { outcome } = await begun(other('b'))
  const first = send()
  expect(await outcome).toContain('superseded')
  await validating()
  const second = upload.receive(other('c'), Readable.from([bytes]))
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(staged()).toEqual([expect.stringContaining(request.sha256)])
  validations.splice(0)[0]?.({ ok: false, code: 'update_hash_mismatch', details: { actual: 'b', expected: 'a' } })
  await expect(first).rejects.toMatchObject({ code: 'update_hash_mismatch' })
  await validating()
  validations[0]?.(valid)
  expect(await second).toMatchObject({ status: 'accepted', sha256: 'c'.repeat(64) })
})

it.each([
  ['round.closed', { round: 1 }],
  ['run.state', { from: 'training', to: 'cancelled', reason: null }],
])('drops what was begun when %s says that it is over', async (type, data) => {
  let tell: (committed: CommittedEvents) => void = () => {}
  const feed = {
    subscribe: (listener: typeof tell) => {
      tell = listener
      return () => {}
    },
  }
  dropWhenOver(feed, upload, (error) => {
    throw error
  })
  const still = await begun({ ...request, participant: 'par_abcdef0123456789' as ParticipantId })
  const gone = await begun(request)
  gone.body.destroy(new Error('gone'))
  await gone.outcome
  expect(staged()).toHaveLength(2)
  isOpen = false
  tell({ run: request.run, events: [{ event: { type, data } }] } as unknown as CommittedEvents)
  while (staged().length > 1) await new Promise(setImmediate)
  // Whoever is still sending is answered, and nothing of it stays.
  still.body.destroy(new Error('gone as well'))
  expect(await still.outcome).toBe('gone as well')
  expect(staged()).toEqual([])
})

it('leaves a connection that is still at work in its place when another comes with an offset that does not fit', async () => {
  const still = await begun(request)
  const wrong = upload.receive({ ...request, offset: 7 }, Readable.from([bytes.subarray(7)]))
  await expect(wrong).rejects.toMatchObject({ code: 'upload_offset_mismatch', details: { actual: 7 } })
  await upload.roundOver(request.run, 1)
  expect(staged()).toHaveLength(1)
  still.body.end(bytes.subarray(500))
  await validating()
  validations[0]?.(valid)
  expect(await still.outcome).toBe('accepted')
})
