import { sizeOf, TributaryError } from '@tributary/protocol'
import type { Dataset } from '../dataset.ts'
import { type IdxData, type IdxHeader, MAX_IDX_HEADER_BYTES, readIdx, readIdxHeader } from '../idx.ts'
import { normalisedPixels } from '../pixels.ts'
import { type ByteSource, withBytes } from './byte-source.ts'

/**
 * Reads an IDX file, plain or gzip, as `readIdx`.
 * @throws TributaryError `data_unreadable`
 */
export const readIdxFile = (path: string): Promise<{ shape: number[]; data: IdxData }> =>
  withBytes(path, async (source) => readIdx(await source.read(0, source.size), path))

export interface IdxPairOptions {
  /** Pixels are scaled to [0, 1] first: (pixel / 255 − mean) / std. */
  readonly mean: number
  readonly std: number
  /** Number of classes; by default the highest label of the file plus one. */
  readonly classes?: number
  /** Load only these rows, in this order; memory and reading grow with them, not with the file. */
  readonly rows?: Uint32Array | readonly number[]
}

/**
 * Images and labels of two IDX files of bytes, plain or gzip. Images of shape [n, h, w] give rows of [h, w, 1], those of
 * [n, h, w, c] rows of [h, w, c].
 * @throws TributaryError `data_unreadable` when a file cannot be read, is not IDX, or the two do not fit together
 * @throws RangeError when a row does not exist
 */
export async function loadIdxPair(imagesPath: string, labelsPath: string, options: IdxPairOptions): Promise<Dataset> {
  const all = await readIdxLabels(labelsPath)
  const classes = options.classes ?? all.reduce((a, b) => Math.max(a, b), 0) + 1
  const beyond = all.findIndex((label) => label >= classes)
  if (beyond >= 0) throw refuse(labelsPath, `row ${beyond} has the label ${all[beyond]}, expected 0 to ${classes - 1}`)
  const rows = options.rows ?? Uint32Array.from(all.keys())
  const labels = new Float32Array(rows.length)
  for (const [place, row] of rows.entries()) {
    const label = all[row]
    if (label === undefined) throw new RangeError(`row ${row} is not one of the ${all.length} rows`)
    labels[place] = label
  }
  return withBytes(imagesPath, async (source) => {
    const header = readIdxHeader(await source.read(0, Math.min(source.size, MAX_IDX_HEADER_BYTES)), source.size, imagesPath)
    const [count, height = 0, width = 0, channels = 1] = header.shape
    if (header.dtype !== 'uint8' || header.shape.length < 3 || header.shape.length > 4) {
      throw refuse(imagesPath, `expected images of bytes, found ${header.dtype} of shape [${header.shape.join(', ')}]`)
    }
    if (count !== all.length) throw refuse(imagesPath, `it holds ${count} images, but ${labelsPath} holds ${all.length} labels`)
    const features = await readImages(source, header, rows, normalisedPixels(options))
    return { features, featureShape: [height, width, channels], labels, count: rows.length, classes }
  })
}

/**
 * The class of each row of an IDX file of bytes.
 * @throws TributaryError `data_unreadable`
 */
export async function readIdxLabels(path: string): Promise<Float32Array> {
  const { shape, data } = await readIdxFile(path)
  if (shape.length !== 1 || !(data instanceof Uint8Array))
    throw refuse(path, `expected a list of bytes, found shape [${shape.join(', ')}]`)
  return Float32Array.from(data)
}

const BLOCK_BYTES = 1024 * 1024

/** Reads about a megabyte at a time, in the order of the file, and only where a wanted row lies. */
async function readImages(
  source: ByteSource,
  header: IdxHeader,
  rows: Uint32Array | readonly number[],
  pixels: Float32Array,
): Promise<Float32Array> {
  const width = sizeOf(header.shape.slice(1))
  const rowsOfBlock = Math.max(1, Math.floor(BLOCK_BYTES / Math.max(1, width)))
  const features = new Float32Array(rows.length * width)
  const rowAt = (place: number | undefined) => rows[place ?? -1] ?? Number.NaN
  const places = Uint32Array.from(rows.keys()).sort((a, b) => rowAt(a) - rowAt(b))
  for (let next = 0; next < places.length; ) {
    const first = rowAt(places[next])
    let after = next
    while (after < places.length && rowAt(places[after]) < first + rowsOfBlock) after++
    const last = rowAt(places[after - 1])
    const block = await source.read(header.offset + first * width, header.offset + (last + 1) * width)
    for (; next < after; next++) {
      const from = (rowAt(places[next]) - first) * width
      const to = (places[next] ?? 0) * width
      for (let i = 0; i < width; i++) features[to + i] = pixels[block[from + i] ?? 0] ?? 0
    }
  }
  return features
}

const refuse = (file: string, reason: string) => new TributaryError('data_unreadable', { file, reason })
