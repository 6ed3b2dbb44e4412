import type { FileHandle } from 'node:fs/promises'

/** Bytes that may wait in memory while a write is under way. */
const MOST_WAITING = 1 << 20

/** Writes a stream of pieces into a file: what comes while a write is under way goes out with the next one. */
export class GatheringWriter {
  readonly #handle: FileHandle
  #position: number
  #waiting: Buffer[] = []
  #bytes = 0
  #work: Promise<void> | null = null
  #failure: { readonly error: unknown } | null = null

  constructor(handle: FileHandle, position: number) {
    this.#handle = handle
    this.#position = position
  }

  /** Takes a piece; it is not changed later. @returns when there is room for another @throws what an earlier write threw */
  async write(piece: Buffer): Promise<void> {
    if (this.#failure !== null) throw this.#failure.error
    this.#waiting.push(piece)
    this.#bytes += piece.byteLength
    this.#work ??= this.#flush()
    if (this.#bytes >= MOST_WAITING) await this.#work
  }

  /** @returns when everything is in the file @throws what a write threw */
  async end(): Promise<void> {
    await this.#work
    if (this.#failure !== null) throw this.#failure.error
  }

  /** Never rejects. */
  async #flush(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const pieces = this.#waiting
        this.#waiting = []
        this.#bytes = 0
        await this.#writeAll(pieces)
      }
    } catch (error) {
      this.#failure = { error }
    }
    this.#work = null
  }

  async #writeAll(pieces: Buffer[]): Promise<void> {
    const { bytesWritten } = await this.#handle.writev(pieces, this.#position)
    this.#position += bytesWritten
    let rest = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0) - bytesWritten
    // A system call may write less than it was given.
    for (let left = rest > 0 ? Buffer.concat(pieces).subarray(bytesWritten) : null; left !== null && rest > 0; ) {
      const more = await this.#handle.write(left, 0, left.byteLength, this.#position)
      this.#position += more.bytesWritten
      rest -= more.bytesWritten
      left = left.subarray(more.bytesWritten)
    }
  }
}
