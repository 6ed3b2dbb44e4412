import { TributaryError } from '@tributary/protocol'
import type { Dataset } from './dataset.ts'
import { readIdx } from './idx.ts'

/** Pixels are scaled to [0, 1] first: (pixel / 255 − mean) / std. */
export interface PixelScale {
  readonly mean: number
  readonly std: number
}

/** Images of bytes, row-major. */
export interface Pixels {
  readonly bytes: Uint8Array | Uint8ClampedArray
  /** [height, width, channels] of one image. */
  readonly shape: readonly number[]
}

/** The 256 values that a pixel can take. */
export const normalisedPixels = ({ mean, std }: PixelScale): Float32Array =>
  Float32Array.from({ length: 256 }, (_, pixel) => (pixel / 255 - mean) / std)

/** @param labels class indices */
export function pixelDataset({ bytes, shape }: Pixels, labels: Float32Array, classes: number, scale: PixelScale): Dataset {
  const values = normalisedPixels(scale)
  const features = Float32Array.from(bytes, (pixel) => values[pixel] ?? 0)
  return { features, featureShape: shape, labels, count: labels.length, classes }
}

export interface IdxFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/**
 * Images and labels of two IDX files of bytes, in any order. Images of shape [n, h, w] give rows of [h, w, 1].
 * @param classes their number, or null for the highest label plus one
 * @throws TributaryError `data_unreadable`
 */
export function idxPairDataset(pair: readonly [IdxFile, IdxFile], scale: PixelScale, classes: number | null = null): Dataset {
  const read = pair.map(({ name, bytes }) => ({ name, ...readIdx(bytes, name) }))
  const labels = read.find(({ shape }) => shape.length === 1)
  const images = read.find(({ shape }) => shape.length === 3 || shape.length === 4)
  if (labels === undefined || images === undefined)
    throw refuse(pair.map(({ name }) => name).join(', '), 'expected one file of images and one of labels')
  const [count, height = 0, width = 0, channels = 1] = images.shape
  if (!(images.data instanceof Uint8Array)) throw refuse(images.name, 'expected pixels of one byte')
  if (!(labels.data instanceof Uint8Array)) throw refuse(labels.name, 'expected labels of one byte')
  if (count !== labels.data.length)
    throw refuse(images.name, `it holds ${count} images, but ${labels.name} holds ${labels.data.length} labels`)
  const known = classes ?? labels.data.reduce((a, b) => Math.max(a, b), 0) + 1
  const beyond = labels.data.findIndex((label) => label >= known)
  if (beyond >= 0) throw refuse(labels.name, `row ${beyond} has the label ${labels.data[beyond]}, expected 0 to ${known - 1}`)
  return pixelDataset({ bytes: images.data, shape: [height, width, channels] }, Float32Array.from(labels.data), known, scale)
}

const refuse = (file: string, reason: string) => new TributaryError('data_unreadable', { file, reason })
