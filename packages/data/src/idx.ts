import { sizeOf, TributaryError } from '@tributary/protocol'

export type IdxData = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array

export interface IdxHeader {
  readonly shape: number[]
  readonly dtype: IdxDtype
  readonly itemBytes: number
  /** Where the data start. */
  readonly offset: number
}

const itemBytesOf = { uint8: 1, int8: 1, int16: 2, int32: 4, float32: 4, float64: 8 } as const
export type IdxDtype = keyof typeof itemBytesOf
const dtypeOfCode: Readonly<Record<number, IdxDtype>> = {
  8: 'uint8',
  9: 'int8',
  11: 'int16',
  12: 'int32',
  13: 'float32',
  14: 'float64',
}

/** No header is longer: 255 dimensions. */
export const MAX_IDX_HEADER_BYTES = 4 + 255 * 4

/**
 * Reads the header of an IDX file, the format of MNIST: two zero bytes, a byte for the type of data, one for the number of
 * dimensions, then each dimension in 4 bytes, big-endian.
 * @param bytes the first bytes of the file
 * @param totalBytes the length of the whole file
 * @throws TributaryError `data_unreadable` when it is not IDX, or shorter or longer than its header says.
 */
export function readIdxHeader(bytes: Uint8Array, totalBytes: number, file: string): IdxHeader {
  const refuse = (reason: string) => new TributaryError('data_unreadable', { file, reason })
  const [zero0, zero1, code = 0, dimensions = 0] = bytes
  const dtype = dtypeOfCode[code]
  if (bytes.length < 4 || zero0 !== 0 || zero1 !== 0 || dtype === undefined) throw refuse('it does not start as an IDX file')
  const offset = 4 + dimensions * 4
  if (bytes.length < offset) throw refuse('it ends within the IDX header')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const shape = Array.from({ length: dimensions }, (_, axis) => view.getUint32(4 + axis * 4))
  const expected = offset + sizeOf(shape) * itemBytesOf[dtype]
  if (totalBytes !== expected) throw refuse(`its IDX header says ${expected} bytes in all, found ${totalBytes}`)
  return { shape, dtype, itemBytes: itemBytesOf[dtype], offset }
}

/**
 * An IDX file's values, row-major, in their own type. Single bytes are a view of `bytes`; wider types are copied to the
 * machine's byte order.
 * @throws TributaryError `data_unreadable` when it is not IDX, or shorter or longer than its header says.
 */
export function readIdx(bytes: Uint8Array, file = 'the IDX data'): { shape: number[]; data: IdxData } {
  const { shape, dtype, offset } = readIdxHeader(bytes, bytes.length, file)
  return { shape, data: idxValues(bytes.subarray(offset), dtype) }
}

/** Big-endian values without a header; the length is a whole number of items. */
export function idxValues(bytes: Uint8Array, dtype: IdxDtype): IdxData {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = bytes.byteLength / itemBytesOf[dtype]
  switch (dtype) {
    case 'uint8':
      return bytes
    case 'int8':
      return new Int8Array(bytes.buffer, bytes.byteOffset, count)
    case 'int16':
      return Int16Array.from({ length: count }, (_, i) => view.getInt16(i * 2))
    case 'int32':
      return Int32Array.from({ length: count }, (_, i) => view.getInt32(i * 4))
    case 'float32':
      return Float32Array.from({ length: count }, (_, i) => view.getFloat32(i * 4))
    case 'float64':
      return Float64Array.from({ length: count }, (_, i) => view.getFloat64(i * 8))
  }
}
