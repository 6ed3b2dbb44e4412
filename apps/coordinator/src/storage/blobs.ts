import type { Readable } from 'node:stream'

/** Content-addressed bytes: models and updates, each under its SHA-256. Written once, never changed. */
export interface Blobs {
  /** Path or key is the blob's own affair: readers get bytes. @throws storage_corrupt when it is not there */
  open(sha256: string, range?: { start: number; end: number }): Promise<Readable>
  size(sha256: string): Promise<number | null>
  /**
   * Takes a finished file of this hash into the store: durable (fsync of file and folder) when it resolves. The file is
   * moved, not copied, and must lie under `stagingFolder`. Taking what is there already is harmless.
   * @param options.synced the file's bytes have been synced to disk
   */
  adopt(file: string, sha256: string, options?: { synced: boolean }): Promise<void>
  /**
   * Writes bytes whose hash shows only at their end. After each piece the event loop has its turn; a piece's memory may be used again
   * when the next one is asked for.
   */
  putPieces(pieces: Iterable<Uint8Array>): Promise<{ sha256: string; bytes: number }>
  remove(sha256: string): Promise<void>
  list(): Promise<string[]>
  /** A local file with the blob's bytes, for a worker to read. */
  file(sha256: string): string
  readonly stagingFolder: string
}
