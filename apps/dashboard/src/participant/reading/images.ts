import { type Dataset, normalisedPixels } from '@tributary/data'
import { TributaryError } from '@tributary/protocol'
import { classOf } from './files.ts'
import type { ImageForm, PlacedFile } from './messages.ts'

/**
 * Draws each image to the form's size and takes its pixels; grey is the luma of ITU-R BT.601.
 * @throws TributaryError `data_unreadable` for a file that is no image, or whose folder is none of the classes
 */
export async function readImages(images: readonly PlacedFile[], form: ImageForm): Promise<Dataset> {
  const { width, height, channels, classes } = form
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d', { willReadFrequently: true, colorSpace: 'srgb' })
  if (context === null) throw new TributaryError('browser_unfit', { reason: 'it has no canvas' })
  const values = normalisedPixels(form)
  const size = width * height * channels
  const features = new Float32Array(images.length * size)
  const labels = new Float32Array(images.length)
  for (const [row, { path, file }] of images.entries()) {
    const label = classes.indexOf(classOf(path))
    if (label < 0) throw unreadable(path, `its folder is none of the classes ${classes.slice(0, 10).join(', ')}`)
    labels[row] = label
    const bitmap = await createImageBitmap(file).catch(() => {
      throw unreadable(path, 'it is no image that this browser knows')
    })
    // What is transparent is white, not what was drawn before.
    context.fillStyle = '#fff'
    context.fillRect(0, 0, width, height)
    context.drawImage(bitmap, 0, 0, width, height)
    bitmap.close()
    const { data } = context.getImageData(0, 0, width, height)
    takePixels(data, channels, values, features.subarray(row * size, (row + 1) * size))
  }
  return { features, featureShape: [height, width, channels], labels, count: images.length, classes: classes.length }
}

/** From RGBA to what a row holds. */
export function takePixels(rgba: Uint8ClampedArray, channels: 1 | 3, values: Float32Array, into: Float32Array): void {
  for (let pixel = 0; pixel * 4 < rgba.length; pixel += 1) {
    const [r = 0, g = 0, b = 0] = rgba.subarray(pixel * 4, pixel * 4 + 3)
    if (channels === 1) into[pixel] = values[Math.round(0.299 * r + 0.587 * g + 0.114 * b)] ?? 0
    else for (const [channel, value] of [r, g, b].entries()) into[pixel * 3 + channel] = values[value] ?? 0
  }
}

const unreadable = (file: string, reason: string) => new TributaryError('data_unreadable', { file, reason })
