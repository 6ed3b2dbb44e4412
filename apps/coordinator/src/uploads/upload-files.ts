import { createHash } from 'node:crypto'
import { open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { RunId } from '@tributary/protocol'
import { removeOlder } from '../storage/old-files.ts'
import { GatheringWriter } from './gathering-writer.ts'

export interface UploadKey {
  run: RunId
  round: number
  participant: string
  sha256: string
}

const PART_PREFIX = 'upload-'
/** Nobody goes on with what has stood still for so long; if somebody does, it begins anew. */
const ABANDONED_MS = 7 * 86_400_000

/** Bytes of updates that are still arriving; a file that was begun survives a broken connection and a restart. */
export class UploadFiles {
  readonly #folder: string
  /** The connection that writes a file now. */
  readonly #writers = new Map<string, { abort: () => void; done: Promise<number> }>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Removes what was begun and never ended, as by participants that never came back. */
  sweep(): Promise<void> {
    return removeOlder(this.#folder, PART_PREFIX, ABANDONED_MS)
  }

  path({ run, round, participant, sha256 }: UploadKey): string {
    const name = createHash('sha256')
      .update(JSON.stringify([run, round, participant, sha256]))
      .digest('hex')
      .slice(0, 40)
    return join(this.#folder, `${PART_PREFIX}${name}.part`)
  }

  async received(key: UploadKey): Promise<number> {
    try {
      return (await stat(this.path(key))).size
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
      throw error
    }
  }

  /**
   * Appends what a connection brings, at most up to `bytes` in all. A newer connection for the same upload ends an older
   * one, which may be a dead peer's that nobody noticed yet.
   * @returns bytes that are there afterwards, on disk for good when they are all; more than `bytes` says that the stream went on too long
   * @throws what the stream throws when the peer goes away; what came until then is kept
   */
  async append(key: UploadKey, offset: number, bytes: number, stream: Readable): Promise<number> {
    const path = this.path(key)
    const older = this.#writers.get(path)
    older?.abort()
    const work = this.#writeAfter(older?.done, path, offset, bytes, stream)
    const entry = { abort: () => stream.destroy(new Error('superseded by a newer connection')), done: work.catch(() => 0) }
    // Before anything is awaited: a third connection ends the second, not the first once more.
    this.#writers.set(path, entry)
    try {
      return await work
    } finally {
      if (this.#writers.get(path) === entry) this.#writers.delete(path)
    }
  }

  async discard(key: UploadKey): Promise<void> {
    await rm(this.path(key), { force: true })
  }

  async #writeAfter(
    older: Promise<number> | undefined,
    ...write: [path: string, offset: number, bytes: number, stream: Readable]
  ): Promise<number> {
    const [, , bytes, stream] = write
    // Nobody reads it yet: an end of it is asked for below.
    stream.on('error', () => {})
    // It had everything already: these bytes are being counted and must not be cut off.
    if (older !== undefined && (await older) === bytes) return bytes
    if (stream.errored !== null) throw stream.errored
    return this.#write(...write)
  }

  async #write(path: string, offset: number, bytes: number, stream: Readable): Promise<number> {
    const handle = await open(path, offset === 0 ? 'w' : 'r+')
    try {
      const writer = new GatheringWriter(handle, offset)
      let position = offset
      try {
        for await (const chunk of stream as AsyncIterable<Buffer>) {
          position += chunk.byteLength
          if (position > bytes) {
            stream.resume()
            break
          }
          await writer.write(chunk)
        }
      } finally {
        await writer.end()
      }
      if (position === bytes) await handle.sync()
      return position
    } finally {
      await handle.close()
    }
  }
}
