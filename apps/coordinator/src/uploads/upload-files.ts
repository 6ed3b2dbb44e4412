import { createHash } from 'node:crypto'
import { open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { RunId } from '@tributary/protocol'

export interface UploadKey {
  run: RunId
  round: number
  participant: string
  sha256: string
}

/** Bytes of updates that are still arriving; a file that was begun survives a broken connection and a restart. */
export class UploadFiles {
  readonly #folder: string
  /** The connection that writes a file now. */
  readonly #writers = new Map<string, { abort: () => void; done: Promise<unknown> }>()

  constructor(folder: string) {
    this.#folder = folder
  }

  path({ run, round, participant, sha256 }: UploadKey): string {
    const name = createHash('sha256')
      .update(JSON.stringify([run, round, participant, sha256]))
      .digest('hex')
      .slice(0, 40)
    return join(this.#folder, `upload-${name}.part`)
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
   * @returns bytes that are there afterwards; more than `bytes` says that the stream went on too long
   * @throws what the stream throws when the peer goes away; what came until then is kept
   */
  async append(key: UploadKey, offset: number, bytes: number, stream: Readable): Promise<number> {
    const path = this.path(key)
    const older = this.#writers.get(path)
    if (older !== undefined) {
      older.abort()
      await older.done
    }
    const work = this.#write(path, offset, bytes, stream)
    const entry = { abort: () => stream.destroy(new Error('superseded by a newer connection')), done: work.then(ignore, ignore) }
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

  async #write(path: string, offset: number, bytes: number, stream: Readable): Promise<number> {
    const handle = await open(path, offset === 0 ? 'w' : 'r+')
    let position = offset
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        if (position + chunk.byteLength > bytes) {
          stream.resume()
          return position + chunk.byteLength
        }
        await handle.write(chunk, 0, chunk.byteLength, position)
        position += chunk.byteLength
      }
      return position
    } finally {
      await handle.close()
    }
  }
}

const ignore = (): void => {}
