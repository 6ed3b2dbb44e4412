import { closeSync, openSync, readSync, writeFileSync } from 'node:fs'
import {
  ContainerDecoder,
  type ContainerHeader,
  type ContainerSink,
  createSha256,
  encodeContainer,
  type NamedTensor,
  type Sha256,
  sizeOf,
  specOf,
} from '@tributary/protocol'

/** One buffer for each thread: large enough that system calls do not show, small enough to stay in the core's own cache. */
const CHUNK_BYTES = 1 << 18
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
      const bytes = length === CHUNK_BYTES ? chunk : chunk.subarray(0, length)
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

/** All tensors of a model file, read into the memory that they are given back in. */
export function readModelFile(file: string): readonly NamedTensor[] {
  let tensors: NamedTensor[] = []
  readContainerFile(file, {
    header(header) {
      tensors = header.tensors.map(({ name, shape }) => ({ name, shape, data: new Float32Array(sizeOf(shape)) }))
    },
    values(tensor, offset, values) {
      tensors[tensor]?.data.set(values, offset)
    },
  })
  return tensors
}

/** Writes a model as a container, piece by piece, and gives its content address. Not yet durable: the blob store sees to that. */
export function writeModelFile(file: string, tensors: readonly NamedTensor[]): { sha256: string; bytes: number } {
  const descriptor = openSync(file, 'w')
  const hash = createSha256()
  let bytes = 0
  try {
    for (const piece of encodeContainer({ kind: 'model', tensors: specOf(tensors) }, tensors)) {
      hash.update(piece)
      bytes += piece.byteLength
      writeFileSync(descriptor, piece)
    }
  } finally {
    closeSync(descriptor)
  }
  return { sha256: hash.hex(), bytes }
}
