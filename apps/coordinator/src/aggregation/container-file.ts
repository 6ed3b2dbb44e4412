import { closeSync, openSync, readSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import {
  ContainerDecoder,
  type ContainerHeader,
  type ContainerSink,
  createSha256,
  decodeContainer,
  encodeContainer,
  type NamedTensor,
  type Sha256,
  specOf,
} from '@tributary/protocol'

/** One buffer for each thread: large enough that system calls do not show, small enough to stay in the cache. */
const CHUNK_BYTES = 1 << 20
const chunk = new Uint8Array(CHUNK_BYTES)

/**
 * Streams a container file through a sink, in a worker where blocking reads cost nobody.
 * @param hash also gets every byte, when the content address is wanted
 * @throws TributaryError as ContainerDecoder and the sink
 */
export function readContainerFile(file: string, sink: ContainerSink, hash?: Sha256): ContainerHeader {
  const decoder = new ContainerDecoder(sink)
  const descriptor = openSync(file, 'r')
  try {
    for (;;) {
      const length = readSync(descriptor, chunk, 0, CHUNK_BYTES, null)
      if (length === 0) return decoder.end()
      const bytes = chunk.subarray(0, length)
      hash?.update(bytes)
      decoder.push(bytes)
    }
  } finally {
    closeSync(descriptor)
  }
}

/** Hash of a file's bytes, for one whose content cannot be decoded. */
export function hashFile(file: string): string {
  const hash = createSha256()
  const descriptor = openSync(file, 'r')
  try {
    for (;;) {
      const length = readSync(descriptor, chunk, 0, CHUNK_BYTES, null)
      if (length === 0) return hash.hex()
      hash.update(chunk.subarray(0, length))
    }
  } finally {
    closeSync(descriptor)
  }
}

/** All tensors of a model file. */
export async function readModelFile(file: string): Promise<readonly NamedTensor[]> {
  const handle = await open(file, 'r')
  try {
    return decodeContainer(await handle.readFile()).tensors
  } finally {
    await handle.close()
  }
}

/** Writes a model as a container, piece by piece, and gives its content address. Not yet durable: the blob store sees to that. */
export async function writeModelFile(file: string, tensors: readonly NamedTensor[]): Promise<{ sha256: string; bytes: number }> {
  const handle: FileHandle = await open(file, 'w')
  const hash = createSha256()
  let bytes = 0
  try {
    for (const piece of encodeContainer({ kind: 'model', tensors: specOf(tensors) }, tensors)) {
      hash.update(piece)
      bytes += piece.byteLength
      await handle.write(piece)
    }
  } finally {
    await handle.close()
  }
  return { sha256: hash.hex(), bytes }
}
