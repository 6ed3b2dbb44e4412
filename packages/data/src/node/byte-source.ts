import { open, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { startsAsGzip } from './text-file.ts'
import { unreadable } from './unreadable.ts'

/** Bytes that can be read in parts: a plain file stays on disk, a gzip file is unpacked into memory. */
export interface ByteSource {
  readonly size: number
  /** Bytes from `from` up to, not including, `to`. */
  read(from: number, to: number): Promise<Uint8Array>
}

/**
 * Opens a file for the time that `use` takes.
 * @throws TributaryError `data_unreadable`
 */
export async function withBytes<T>(path: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  try {
    const file = await open(path)
    try {
      const { size } = await file.stat()
      const read = async (from: number, to: number) => {
        const bytes = new Uint8Array(to - from)
        let filled = 0
        while (filled < bytes.length) {
          const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, from + filled)
          if (bytesRead === 0) throw new Error(`it ends at byte ${from + filled}`)
          filled += bytesRead
        }
        return bytes
      }
      if (!startsAsGzip(await read(0, Math.min(size, 2)))) return await use({ size, read })
      const unpacked: Uint8Array = await promisify(gunzip)(await readFile(path))
      return await use({ size: unpacked.length, read: async (from, to) => unpacked.subarray(from, to) })
    } finally {
      await file.close()
    }
  } catch (error) {
    throw unreadable(path, error)
  }
}
