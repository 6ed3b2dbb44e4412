import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { unreadable } from './unreadable.ts'

const PIECE_BYTES = 256 * 1024

/**
 * A UTF-8 file's text in pieces, gunzipped when it starts as gzip does.
 * @throws TributaryError `data_unreadable`
 */
export async function* textOfFile(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    const gzip = await isGzip(path)
    const file = createReadStream(path, { highWaterMark: PIECE_BYTES })
    // The loop below reports the stream's error; the callback only keeps it from being thrown a second time.
    const bytes = gzip ? pipeline(file, createGunzip({ chunkSize: PIECE_BYTES }), () => {}) : file
    for await (const piece of bytes as AsyncIterable<Uint8Array>) yield decoder.decode(piece, { stream: true })
    yield decoder.decode()
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** By the two magic bytes of RFC 1952; no UTF-8 text starts with them. */
export const startsAsGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(2), 0, 2, 0)
    return bytesRead === 2 && startsAsGzip(buffer)
  } finally {
    await file.close()
  }
}
