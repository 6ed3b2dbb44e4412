import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { createSha256, sha256Schema, TributaryError } from '@tributary/protocol'
import type { Blobs } from './blobs.ts'
import { removeOlder } from './old-files.ts'

const PUT_PREFIX = 'put-'

/**
 * Blobs as files, `<folder>/blobs/<first two hex digits>/<sha256>`. A blob appears by a rename, after its bytes are on disk,
 * so a crash leaves either the whole blob or none.
 */
export class FileBlobs implements Blobs {
  readonly stagingFolder: string
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = join(folder, 'blobs')
    // Beside the blobs, on the same file system: a rename must not become a copy.
    this.stagingFolder = join(folder, 'staging')
  }

  /** Opens a folder, making it if needed. What lies in staging stays: an interrupted upload may go on. */
  static async create(folder: string): Promise<FileBlobs> {
    const blobs = new FileBlobs(resolve(folder))
    await mkdir(blobs.#folder, { recursive: true })
    await mkdir(blobs.stagingFolder, { recursive: true })
    // All groups at once, so that no later write has to make its own folder durable.
    const groups = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0'))
    const present = new Set(await readdir(blobs.#folder))
    const missing = groups.filter((group) => !present.has(group))
    await Promise.all(missing.map((group) => mkdir(join(blobs.#folder, group), { recursive: true })))
    await syncFolder(blobs.#folder)
    await syncFolder(dirname(blobs.#folder))
    // Puts that were interrupted.
    await removeOlder(blobs.stagingFolder, PUT_PREFIX)
    return blobs
  }

  /** `end` is the last byte, as in HTTP. */
  async open(sha256: string, range?: { start: number; end: number }): Promise<Readable> {
    const handle = await open(this.file(sha256), 'r').catch((error: unknown) => {
      throw isMissing(error) ? new TributaryError('storage_corrupt', { sha256 }, { cause: error }) : error
    })
    return handle.createReadStream(range)
  }

  async size(sha256: string): Promise<number | null> {
    try {
      return (await stat(this.file(sha256))).size
    } catch (error) {
      if (isMissing(error)) return null
      throw error
    }
  }

  async adopt(file: string, sha256: string, { synced } = { synced: false }): Promise<void> {
    const staged = relative(this.stagingFolder, resolve(file))
    if (staged === '' || staged.startsWith('..') || resolve(staged) === staged) {
      throw new Error('only a file of the staging folder can be adopted')
    }
    const target = this.file(sha256)
    const parent = dirname(target)
    // On disk before the caller is told: the bytes, then the name that leads to them.
    try {
      if (!synced) await syncFile(file)
      await rename(file, target)
    } catch (error) {
      // Taken before, or at this moment by another call; then the folder below is synced once more.
      if (!isMissing(error)) throw error
      if ((await this.size(sha256)) === null) throw new TributaryError('storage_corrupt', { sha256 }, { cause: error })
    }
    await syncFolder(parent)
  }

  async putPieces(pieces: Iterable<Uint8Array>): Promise<{ sha256: string; bytes: number }> {
    const file = join(this.stagingFolder, `${PUT_PREFIX}${randomUUID()}`)
    const hash = createSha256()
    let bytes = 0
    try {
      const handle = await open(file, 'wx')
      try {
        for (const piece of pieces) {
          hash.update(piece)
          bytes += piece.byteLength
          // From where the file ends by now.
          await handle.writeFile(piece)
        }
      } finally {
        await handle.close()
      }
      const sha256 = hash.hex()
      await this.adopt(file, sha256)
      return { sha256, bytes }
    } catch (error) {
      await rm(file, { force: true })
      throw error
    }
  }

  async remove(sha256: string): Promise<void> {
    await rm(this.file(sha256), { force: true })
  }

  async list(): Promise<string[]> {
    const found: string[] = []
    for (const group of await readdir(this.#folder)) {
      for (const name of await readdir(join(this.#folder, group))) if (sha256Schema.safeParse(name).success) found.push(name)
    }
    return found.sort()
  }

  file(sha256: string): string {
    // The name becomes a path: nothing but a hash may get here.
    const name = sha256Schema.parse(sha256)
    return join(this.#folder, name.slice(0, 2), name)
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; its renames are in the journal.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
