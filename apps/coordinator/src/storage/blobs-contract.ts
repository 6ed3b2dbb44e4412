import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { createSha256 } from '@tributary/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Blobs } from './blobs.ts'

export interface BlobsSetup {
  blobs: Blobs
  /** Another handle on the same blobs, as after a restart. */
  reopen(): Promise<Blobs>
  remove(): Promise<void>
}

/** What every store of blobs must do. */
export function runBlobsContract(name: string, setup: () => Promise<BlobsSetup>): void {
  describe(`blobs in ${name}`, () => {
    let at: BlobsSetup
    let blobs: Blobs
    beforeEach(async () => {
      at = await setup()
      blobs = at.blobs
    })
    afterEach(() => at.remove())

    const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251))
    const sha256 = createSha256().update(bytes).hex()
    const absent = 'ab'.repeat(32)
    const stage = (label: string) => {
      const file = join(blobs.stagingFolder, label)
      writeFileSync(file, bytes)
      return file
    }
    const read = async (range?: { start: number; end: number }) => buffer(await blobs.open(sha256, range))

    it('moves a staged file in, and keeps it through a restart', async () => {
      const file = stage('upload')
      await blobs.adopt(file, sha256)
      expect(existsSync(file)).toBe(false)
      expect(await blobs.size(sha256)).toBe(1000)
      const again = await at.reopen()
      expect(await buffer(await again.open(sha256))).toEqual(bytes)
      expect(await again.list()).toEqual([sha256])
      expect(await readFile(again.file(sha256))).toEqual(bytes)
    })

    it('takes the same bytes twice: another file, the same file again, both at once', async () => {
      const file = stage('one')
      await Promise.all([blobs.adopt(file, sha256), blobs.adopt(file, sha256), blobs.adopt(stage('two'), sha256)])
      await blobs.adopt(file, sha256)
      await Promise.all([blobs.putPieces([bytes]), blobs.putPieces([bytes])])
      expect(await read()).toEqual(bytes)
      expect(await blobs.list()).toEqual([sha256])
    })

    it('writes pieces under the hash of the whole, though their memory is used again', async () => {
      function* pieces(length: number) {
        const memory = new Uint8Array(length)
        for (let start = 0; start < bytes.length; start += length) {
          const piece = memory.subarray(0, Math.min(length, bytes.length - start))
          piece.set(bytes.subarray(start, start + piece.length))
          yield piece
          memory.fill(0)
        }
      }
      const written = await Promise.all([7, 333, 1000].map((length) => blobs.putPieces(pieces(length))))
      expect(written).toEqual(Array.from({ length: 3 }, () => ({ sha256, bytes: 1000 })))
      expect(await read()).toEqual(bytes)
    })

    it('leaves nothing of pieces that break off', async () => {
      const broken = function* () {
        yield bytes
        throw new Error('out of pieces')
      }
      await expect(blobs.putPieces(broken())).rejects.toThrow('out of pieces')
      expect([await blobs.list(), readdirSync(blobs.stagingFolder)]).toEqual([[], []])
    })

    it('reads ranges', async () => {
      await blobs.putPieces([bytes])
      expect(await read({ start: 10, end: 19 })).toEqual(bytes.subarray(10, 20))
      expect(await read({ start: 999, end: 999 })).toEqual(bytes.subarray(999))
    })

    it('says that a blob is missing', async () => {
      expect(await blobs.size(absent)).toBeNull()
      await expect(blobs.open(absent)).rejects.toMatchObject({ code: 'storage_corrupt', details: { sha256: absent } })
      await expect(blobs.adopt(join(blobs.stagingFolder, 'nothing'), absent)).rejects.toMatchObject({ code: 'storage_corrupt' })
      await blobs.putPieces([bytes])
      await blobs.remove(sha256)
      await blobs.remove(sha256)
      await expect(blobs.open(sha256)).rejects.toMatchObject({ code: 'storage_corrupt' })
      expect(await blobs.list()).toEqual([])
    })

    it('takes no path for a hash, and no file from elsewhere', async () => {
      expect(() => blobs.file('../../etc/passwd')).toThrow()
      await expect(blobs.open(`${'../'.repeat(21)}x`)).rejects.toThrow()
      const outside = join(blobs.stagingFolder, '..', 'outside')
      writeFileSync(outside, bytes)
      await expect(blobs.adopt(outside, sha256)).rejects.toThrow(/staging/)
      expect(existsSync(outside)).toBe(true)
    })
  })
}
