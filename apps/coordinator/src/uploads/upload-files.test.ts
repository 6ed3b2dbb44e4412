import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import type { RunId } from '@tributary/protocol'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { UploadFiles, type UploadKey } from './upload-files.ts'

let folder: string
let files: UploadFiles
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-uploads-'))
  files = new UploadFiles(folder)
})
afterEach(() => rmSync(folder, { recursive: true }))

const key: UploadKey = { run: 'run_0123456789abcdef' as RunId, round: 1, participant: 'par_a', sha256: 'a'.repeat(64) }
const bytes = Buffer.from(Array.from({ length: 1_000 }, (_, index) => index % 251))
const content = (of = key) => readFileSync(files.path(of))

/** Brings these bytes and then breaks off like a peer that is gone. */
async function* broken(part: Buffer): AsyncGenerator<Buffer> {
  yield part
  throw new Error('peer is gone')
}

it('goes on where a broken connection ended, also after a restart', async () => {
  expect(await files.received(key)).toBe(0)
  await expect(files.append(key, 0, 1_000, Readable.from(broken(bytes.subarray(0, 400))))).rejects.toThrow('peer is gone')
  files = new UploadFiles(folder)
  expect(await files.received(key)).toBe(400)
  expect(await files.append(key, 400, 1_000, Readable.from([bytes.subarray(400)]))).toBe(1_000)
  expect(content().equals(bytes)).toBe(true)
})

it('begins anew from 0, and leaves nothing of before behind', async () => {
  await files.append(key, 0, 1_000, Readable.from([Buffer.alloc(900, 7)]))
  expect(await files.append(key, 0, 1_000, Readable.from([bytes.subarray(0, 10)]))).toBe(10)
  expect(content().equals(bytes.subarray(0, 10))).toBe(true)
})

it('removes what stood still for a week, and nothing that may go on', async () => {
  const abandoned = { ...key, participant: 'par_b' }
  const stranger = join(folder, 'put-1')
  for (const of of [key, abandoned]) await files.append(of, 0, 1_000, Readable.from([bytes.subarray(0, 400)]))
  writeFileSync(stranger, 'of another')
  const ago = (days: number) => new Date(Date.now() - days * 86_400_000)
  utimesSync(files.path(key), ago(6), ago(6))
  for (const file of [files.path(abandoned), stranger]) utimesSync(file, ago(8), ago(8))
  await files.sweep()
  expect([await files.received(key), await files.received(abandoned), existsSync(stranger)]).toEqual([400, 0, true])
})

it('keeps no byte beyond the announced length, and says so', async () => {
  const stream = Readable.from([bytes.subarray(0, 600), bytes.subarray(600)])
  expect(await files.append(key, 0, 999, stream)).toBeGreaterThan(999)
  expect(await files.received(key)).toBeLessThanOrEqual(999)
})

it('lets a newer connection end an older one', async () => {
  const older = new PassThrough()
  const first = files.append(key, 0, 1_000, older)
  const ended = expect(first).rejects.toThrow('superseded')
  older.write(bytes.subarray(0, 300))
  while ((await files.received(key)) < 300) await new Promise(setImmediate)
  const second = files.append(key, 300, 1_000, Readable.from([bytes.subarray(300)]))
  await ended
  expect(await second).toBe(1_000)
  expect(content().equals(bytes)).toBe(true)
})

it('has one writer, the newest, when three connections come at once', async () => {
  const streams = [new PassThrough(), new PassThrough(), new PassThrough()] as const
  const work = streams.map((stream) => files.append(key, 0, 1_000, stream))
  const outcome = Promise.allSettled(work)
  for (const [index, stream] of streams.entries()) {
    stream.on('error', () => {})
    if (!stream.destroyed) stream.end(Buffer.alloc(1_000, index))
    await new Promise(setImmediate)
  }
  const settled = await outcome
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
  expect(settled[2]).toEqual({ status: 'fulfilled', value: 1_000 })
  expect(content().equals(Buffer.alloc(1_000, 2))).toBe(true)
})

it('keeps uploads apart, and forgets one that is discarded', async () => {
  const others: UploadKey[] = [
    { ...key, round: 2 },
    { ...key, round: 11 },
    { ...key, participant: 'par_b' },
  ]
  for (const [index, of] of [key, ...others].entries()) await files.append(of, 0, 1_000, Readable.from([Buffer.from([index])]))
  await files.discard(key)
  await files.discard(key)
  expect(await files.received(key)).toBe(0)
  expect(others.map((of) => content(of)[0])).toEqual([1, 2, 3])
})

it('keeps one file for a part in a round: another hash takes its place, also after a restart', async () => {
  const hashes = ['a', 'b', 'c'].map((letter) => ({ ...key, sha256: letter.repeat(64) }))
  for (const of of hashes) {
    await files.append(of, 0, 1_000, Readable.from([bytes.subarray(0, 999)]))
    files = new UploadFiles(folder)
  }
  expect(readdirSync(folder)).toHaveLength(1)
  expect(await Promise.all(hashes.map((of) => files.received(of)))).toEqual([0, 0, 999])
  expect(await files.append(hashes[2] as UploadKey, 999, 1_000, Readable.from([bytes.subarray(999)]))).toBe(1_000)
  expect(content(hashes[2]).equals(bytes)).toBe(true)
})

it('lets another hash end the connection that brings an older one', async () => {
  const [older, newer] = [new PassThrough(), { ...key, sha256: 'b'.repeat(64) }]
  const ended = expect(files.append(key, 0, 1_000, older)).rejects.toThrow('superseded')
  older.write(bytes.subarray(0, 300))
  while ((await files.received(key)) < 300) await new Promise(setImmediate)
  expect(await files.append(newer, 0, 1_000, Readable.from([bytes.subarray(0, 10)]))).toBe(10)
  await ended
  expect([await files.received(key), await files.received(newer)]).toEqual([0, 10])
})

it('drops what was begun in a round or a run, and nothing that is in use', async () => {
  const inUse = { ...key, participant: 'par_b' }
  const others: UploadKey[] = [
    { ...key, round: 2 },
    { ...key, round: 11 },
    { ...key, run: 'run_0123456789abcdef0' as RunId },
  ]
  const all = [key, inUse, ...others]
  for (const of of all) await files.append(of, 0, 1_000, Readable.from([bytes.subarray(0, 9)]))
  const left = () => Promise.all(all.map((of) => files.received(of)))
  await files.drop(key.run, 1, (place) => place === files.place(inUse))
  expect(await left()).toEqual([0, 9, 9, 9, 9])
  await files.drop(key.run, null, () => false)
  expect(await left()).toEqual([0, 0, 0, 0, 9])
})

it('puts any pieces together to the same bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 12 }), async (sizes) => {
      await files.discard(key)
      let at = 0
      for (const size of [...sizes, 1_000]) {
        expect(await files.received(key)).toBe(at)
        const piece = bytes.subarray(at, Math.min(at + size, 1_000))
        at = await files.append(key, at, 1_000, Readable.from([piece]))
      }
      expect(content().equals(bytes)).toBe(true)
    }),
    { numRuns: 15, seed: 6 },
  )
})
