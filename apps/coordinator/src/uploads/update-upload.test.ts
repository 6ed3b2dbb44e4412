import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { FederationId, ParticipantId, RunId } from '@tributary/protocol'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { CoordinatorRunEngine } from '../rounds/engine.ts'
import { FileBlobs } from '../storage/file-blobs.ts'
import type { RunRecord } from '../storage/store.ts'
import { someRun } from '../storage/store-fixtures.ts'
import { UpdateUpload, type UploadRequest } from './update-upload.ts'
import { UploadFiles } from './upload-files.ts'
import type { ValidationResult } from './validate-update.ts'

let folder: string
let blobs: FileBlobs
let upload: UpdateUpload
let validations: ((result: ValidationResult) => void)[]
let counted: number
let refused: string[]

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
  const record = someRun(federation).record as RunRecord
  const engine = {
    admission: async () => ({ admission: { kind: 'open' }, record }),
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
