import { createSha256 } from '#sha256'
import type { NamedTensor } from '../tensors.ts'
import { sizeOf, specOf } from '../tensors.ts'
import type { ContainerHeader, UpdateMeta } from '../update-header.ts'
import { CONTAINER_VERSION, headerText, littleEndian, MAGIC, PREFIX_BYTES, valuesOffset } from './layout.ts'

/** Values are handed on in pieces of at most this many bytes, so that a slow reader never holds a whole model. */
const PIECE_BYTES = 1 << 20

/** Prefix, header and padding of a container. */
export function encodeHeader(header: ContainerHeader): Uint8Array<ArrayBuffer> {
  const text = headerText(header)
  const bytes = new Uint8Array(valuesOffset(text.byteLength))
  bytes.set(MAGIC, 0)
  bytes[4] = CONTAINER_VERSION
  new DataView(bytes.buffer).setUint32(8, text.byteLength, true)
  bytes.set(text, PREFIX_BYTES)
  return bytes
}

/** The values of one tensor as little-endian bytes, in pieces; views of the tensor's own memory where the machine allows it. */
export function* encodeValues(values: Float32Array): Generator<Uint8Array> {
  for (let start = 0; start < values.length; start += PIECE_BYTES / 4) {
    const piece = values.subarray(start, Math.min(values.length, start + PIECE_BYTES / 4))
    if (littleEndian) yield new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength)
    else {
      const view = new DataView(new ArrayBuffer(piece.byteLength))
      for (let i = 0; i < piece.length; i += 1) view.setFloat32(4 * i, piece[i] as number, true)
      yield new Uint8Array(view.buffer)
    }
  }
}

/**
 * A container as a stream of pieces.
 * @throws RangeError when the tensors are not those of the header, or do not fill their shapes (a fault of the caller, not
 *   of a peer)
 */
export function* encodeContainer(header: ContainerHeader, tensors: readonly NamedTensor[]): Generator<Uint8Array> {
  if (tensors.length !== header.tensors.length)
    throw new RangeError(`${tensors.length} tensors for a header of ${header.tensors.length}`)
  yield encodeHeader(header)
  for (const [index, { name, data }] of tensors.entries()) {
    const spec = header.tensors[index]
    if (spec?.name !== name || sizeOf(spec.shape) !== data.length) throw new RangeError(`tensor ${name} does not fit its header`)
    yield* encodeValues(data)
  }
}

export interface EncodedContainer {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly sha256: string
}

const collect = (header: ContainerHeader, tensors: readonly NamedTensor[]): EncodedContainer => {
  const hash = createSha256()
  const pieces: Uint8Array[] = []
  let length = 0
  for (const piece of encodeContainer(header, tensors)) {
    hash.update(piece)
    pieces.push(piece)
    length += piece.byteLength
  }
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const piece of pieces) {
    bytes.set(piece, offset)
    offset += piece.byteLength
  }
  return { bytes, sha256: hash.hex() }
}

/** A model as bytes with their content address. */
export const encodeModel = (tensors: readonly NamedTensor[]): EncodedContainer =>
  collect({ kind: 'model', tensors: specOf(tensors) }, tensors)

/** An update as bytes with their content address. */
export const encodeUpdate = (tensors: readonly NamedTensor[], meta: UpdateMeta): EncodedContainer =>
  collect({ kind: 'update', tensors: specOf(tensors), meta }, tensors)
