import { open, readdir, rm, stat } from 'node:fs/promises'
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

interface Writer {
  readonly sha256: string
  readonly abort: () => void
  /** Bytes that were there afterwards; 0 when it broke off. */
  readonly done: Promise<number>
}

/**
 * Bytes of updates that are still arriving: of each participant's part in a round one file, named by its hash too. A file that was
 * begun survives a broken connection and a restart; another hash takes its place.
 */
export class UploadFiles {
  readonly #folder: string
  /** The connection that writes for a place now. */
  readonly #writers = new Map<string, Writer>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Removes what was begun and never ended, as by participants that never came back. */
  sweep(): Promise<void> {
    return removeOlder(this.#folder, PART_PREFIX, ABANDONED_MS)
  }

  /** Removes what was begun in a round, or with null in any round of a run. */
  async drop(run: RunId, round: number | null, isInUse: (place: string) => boolean): Promise<void> {
    const prefix = round === null ? `${PART_PREFIX}${run}-` : `${PART_PREFIX}${run}-${round}-`
    for (const name of await this.#names(prefix))
      if (!isInUse(name.slice(0, name.lastIndexOf('-') + 1))) await rm(join(this.#folder, name), { force: true })
  }

  /** How the names of all files begin that are this participant's for this round. */
  place({ run, round, participant }: Omit<UploadKey, 'sha256'>): string {
    return `${PART_PREFIX}${run}-${round}-${participant}-`
  }

  path(key: UploadKey): string {
    return join(this.#folder, `${this.place(key)}${key.sha256}.part`)
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
    const place = this.place(key)
    const older = this.#writers.get(place)
    older?.abort()
    const work = this.#writeAfter(older, key, offset, bytes, stream)
    const abort = () => void stream.destroy(new Error('superseded by a newer connection'))
    const entry = { sha256: key.sha256, abort, done: work.catch(() => 0) }
    // Before anything is awaited: a third connection ends the second, not the first once more.
    this.#writers.set(place, entry)
    try {
      return await work
    } finally {
      if (this.#writers.get(place) === entry) this.#writers.delete(place)
    }
  }

  async discard(key: UploadKey): Promise<void> {
    await rm(this.path(key), { force: true })
  }

  async #writeAfter(older: Writer | undefined, key: UploadKey, offset: number, bytes: number, stream: Readable): Promise<number> {
    // Nobody reads it yet: an end of it is asked for below.
    stream.on('error', () => {})
    const before = await older?.done
    // It had everything already: these bytes are being counted and must not be cut off.
    if (older?.sha256 === key.sha256 && before === bytes) return bytes
    if (stream.errored !== null) throw stream.errored
    if (offset === 0) await this.#removeOthers(key)
    return this.#write(this.path(key), offset, bytes, stream)
  }

  async #removeOthers(key: UploadKey): Promise<void> {
    const others = await this.#names(this.place(key))
    for (const file of others.map((name) => join(this.#folder, name)))
      if (file !== this.path(key)) await rm(file, { force: true })
  }

  async #names(prefix: string): Promise<string[]> {
    return (await readdir(this.#folder)).filter((name) => name.startsWith(prefix))
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
