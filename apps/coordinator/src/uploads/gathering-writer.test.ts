import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { GatheringWriter } from './gathering-writer.ts'

let folder: string
let file: string
let handle: FileHandle
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-writer-'))
  file = join(folder, 'file')
  handle = await open(file, 'w')
})
afterEach(async () => {
  await handle.close()
  rmSync(folder, { recursive: true })
})

const piece = (size: number, start: number) => Buffer.from(Array.from({ length: size }, (_, index) => (start + index) % 251))

/** A handle that counts its calls and writes at most so many bytes in each. */
function limited(most: number) {
  const calls = { writev: 0, write: 0 }
  const stand: Pick<FileHandle, 'writev' | 'write'> = {
    writev: (async (pieces: Buffer[], position: number) => {
      calls.writev += 1
      const { bytesWritten } = await handle.write(Buffer.concat(pieces).subarray(0, most), 0, undefined, position)
      return { bytesWritten, buffers: pieces }
    }) as FileHandle['writev'],
    write: (async (buffer: Buffer, _offset: number, length: number, position: number) => {
      calls.write += 1
      return handle.write(buffer, 0, Math.min(length, most), position)
    }) as FileHandle['write'],
  }
  return { calls, handle: stand as FileHandle }
}

it('writes all pieces in their order, those that came meanwhile together', async () => {
  const { calls, handle: counted } = limited(Number.POSITIVE_INFINITY)
  const writer = new GatheringWriter(counted, 0)
  const pieces = [piece(10, 0), piece(300, 10), piece(1, 310), piece(50, 311)]
  for (const one of pieces) await writer.write(one)
  await writer.end()
  expect(readFileSync(file).equals(Buffer.concat(pieces))).toBe(true)
  expect(calls).toEqual({ writev: 2, write: 0 })
})

it('goes on from a position, and after short writes', async () => {
  await handle.write(piece(5, 0))
  const { calls, handle: short } = limited(7)
  const writer = new GatheringWriter(short, 5)
  await writer.write(piece(20, 5))
  await writer.write(piece(30, 25))
  await writer.end()
  expect(readFileSync(file).equals(piece(55, 0))).toBe(true)
  expect(calls.write).toBeGreaterThan(2)
})

it('holds no more than a bound in memory', async () => {
  const writer = new GatheringWriter(handle, 0)
  const large = Buffer.alloc(600_000, 1)
  await writer.write(large)
  await writer.write(large)
  // Over the bound: it waits until the file has them.
  await writer.write(large)
  expect(readFileSync(file).byteLength).toBeGreaterThanOrEqual(600_000)
  await writer.end()
  expect(readFileSync(file).byteLength).toBe(1_800_000)
})

it('says that a write failed', async () => {
  const broken = { writev: () => Promise.reject(new Error('disk full')) } as unknown as FileHandle
  const writer = new GatheringWriter(broken, 0)
  await writer.write(piece(1, 0))
  await expect(writer.end()).rejects.toThrow('disk full')
  await expect(writer.write(piece(1, 0))).rejects.toThrow('disk full')
})
