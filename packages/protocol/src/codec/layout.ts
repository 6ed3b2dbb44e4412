import { sizeOf, type TensorSpec } from '../tensors.ts'
import type { ContainerHeader } from '../update-header.ts'

/*
 * A container of named float32 tensors:
 *
 *   0   4  magic "TRIB"
 *   4   1  container version, 1
 *   5   3  zero
 *   8   4  H, length of the header in bytes, uint32 little-endian
 *   12  4  zero
 *   16  H  header, JSON in UTF-8 (ContainerHeader)
 *       ·  zero up to a multiple of 64
 *       ·  the tensors' values in the header's order, float32 little-endian, row-major, without gaps
 */
export const MAGIC = [0x54, 0x52, 0x49, 0x42] as const
export const CONTAINER_VERSION = 1
export const PREFIX_BYTES = 16
export const ALIGNMENT = 64
/** 10,000 tensors fit; a hostile length cannot make the reader allocate more. */
export const MAX_HEADER_BYTES = 4 << 20

export const alignUp = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT

/** Where the values begin, for a header of `headerBytes`. */
export const valuesOffset = (headerBytes: number): number => alignUp(PREFIX_BYTES + headerBytes)

export const valuesBytes = (tensors: readonly TensorSpec[]): number =>
  tensors.reduce((bytes, { shape }) => bytes + 4 * sizeOf(shape), 0)

/** Length in bytes of a whole container with this header. */
export function containerBytes(header: ContainerHeader): number {
  return valuesOffset(headerText(header).byteLength) + valuesBytes(header.tensors)
}

/** The header as it is written; keys in a fixed order, so that equal headers are equal bytes. */
export function headerText(header: ContainerHeader): Uint8Array {
  const tensors = header.tensors.map(({ name, shape, dtype }) => ({ name, shape, dtype }))
  if (header.kind === 'model') return new TextEncoder().encode(JSON.stringify({ kind: 'model', tensors }))
  const { run, round, participant, form, samples, report } = header.meta
  const { loss, accuracy, seconds, backend } = report
  const meta = { run, round, participant, form, samples, report: { loss, accuracy, seconds, backend } }
  return new TextEncoder().encode(JSON.stringify({ kind: 'update', tensors, meta }))
}

export const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1
