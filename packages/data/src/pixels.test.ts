import { expect, it } from 'vitest'
import { idxPairDataset } from './pixels.ts'

const idx = (shape: readonly number[], values: readonly number[], code = 8): Uint8Array => {
  const head = [0, 0, code, shape.length, ...shape.flatMap((size) => [0, 0, size >> 8, size & 255])]
  return Uint8Array.from([...head, ...values])
}
const images = { name: 'images', bytes: idx([2, 1, 2], [0, 255, 51, 102]) }
const labels = { name: 'labels', bytes: idx([2], [3, 1]) }
const scale = { mean: 0.5, std: 0.5 }

it('reads images and labels in any order and scales the pixels', () => {
  const dataset = idxPairDataset([labels, images], scale)
  expect(dataset).toEqual(idxPairDataset([images, labels], scale))
  expect(dataset).toMatchObject({ featureShape: [1, 2, 1], count: 2, classes: 4 })
  expect([...dataset.labels]).toEqual([3, 1])
  for (const [i, value] of [-1, 1, -0.6, -0.2].entries()) expect(dataset.features[i]).toBeCloseTo(value, 6)
  expect(idxPairDataset([images, labels], scale, 10).classes).toBe(10)
})

it.each([
  ['two of a kind', [images, images] as const, null, /one file of images and one of labels/],
  ['unequal counts', [images, { name: 'labels', bytes: idx([1], [0]) }] as const, null, /2 images, but labels holds 1/],
  ['a label beyond the classes', [images, labels] as const, 3, /row 0 has the label 3, expected 0 to 2/],
  ['no IDX', [images, { name: 'labels', bytes: Uint8Array.of(1, 2, 3) }] as const, null, /labels cannot be read/],
])('refuses %s', (_, pair, classes, message) => {
  expect(() => idxPairDataset([pair[0], pair[1]], scale, classes)).toThrow(
    expect.objectContaining({ code: 'data_unreadable', message: expect.stringMatching(message) }),
  )
})
