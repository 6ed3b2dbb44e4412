import * as tf from '@tensorflow/tfjs-core'
import { sizeOf } from '@tributary/protocol'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator'
import type { Examples } from '../examples.ts'
import type { ModelSpecification } from '../specification/index.ts'

/** Floats that the largest array of one pass may take: 32 MB. */
const WORKING_FLOATS = 2 ** 23
const MOST_ROWS = 4096

/**
 * Rows that go through the model at once. A larger batch is taken in parts whose gradients add up, so memory stays bounded
 * for any B. It depends on the model alone, so that the sums are the same on every machine.
 */
export const rowsAtOnce = ({ floatsPerExample }: ModelSpecification): number =>
  Math.max(1, Math.min(MOST_ROWS, Math.floor(WORKING_FLOATS / floatsPerExample)))

/** Shuffles in place (Fisher and Yates; Durstenfeld 1964, algorithm 235). */
export function shuffle(order: Uint32Array, random: RandomGenerator): void {
  for (let i = order.length - 1; i > 0; i -= 1) {
    const j = uniformInt(random, 0, i)
    const moved = order[i] as number
    order[i] = order[j] as number
    order[j] = moved
  }
}

/** Gathers rows into one memory that is used again, then puts them onto the backend. */
export class Gatherer {
  readonly #data: Pick<Examples, 'features' | 'labels'>
  readonly #inputShape: readonly number[]
  readonly #features: Float32Array
  readonly #labels: Float32Array

  constructor({ config }: ModelSpecification, data: Pick<Examples, 'features' | 'labels'>, rows: number) {
    this.#data = data
    this.#inputShape = config.inputShape
    this.#features = new Float32Array(rows * sizeOf(config.inputShape))
    this.#labels = new Float32Array(rows)
  }

  /** x [rows, ...inputShape], to be disposed before the next call, and labels [rows], good until then. */
  gather(order: Uint32Array): { x: tf.Tensor; labels: Float32Array } {
    const { features, labels } = this.#data
    const rows = order.length
    const size = sizeOf(this.#inputShape)
    for (let i = 0; i < rows; i += 1) {
      const row = order[i] as number
      this.#features.set(features.subarray(row * size, (row + 1) * size), i * size)
      this.#labels[i] = labels[row] as number
    }
    const x = tf.tensor(this.#features.subarray(0, rows * size), [rows, ...this.#inputShape], 'float32')
    return { x, labels: this.#labels.subarray(0, rows) }
  }
}
