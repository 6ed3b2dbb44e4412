import { countClasses, loadMnist, loadMnistLabels, partition } from '@tributary/data/node'

export interface MnistSplitOptions {
  readonly parts: number
  /** Of the Dirichlet distribution; a smaller one skews more. */
  readonly alpha: number
  readonly seed: number
}

const CLASSES = 10
/** An institution with a row or two would hardly be one. */
const MINIMUM_ROWS = 10

/** The rows of each part; the same options give the same split in every process. */
async function splitRows({ parts, alpha, seed }: MnistSplitOptions) {
  const labels = await loadMnistLabels({ split: 'train' })
  return { labels, rows: partition(labels, CLASSES, parts, { kind: 'dirichlet', alpha, minimumRows: MINIMUM_ROWS }, seed) }
}

/** Loads one part (counted from 1) of MNIST's training rows, and only its rows. */
export async function loadMnistPart(number: number, options: MnistSplitOptions) {
  const { rows } = await splitRows(options)
  const own = rows[number - 1]
  if (own === undefined) throw new RangeError(`there is no part ${number} of ${options.parts}`)
  return loadMnist({ split: 'train', rows: own })
}

/** Rows of each class in each part, without loading an image. */
export async function mnistClassCounts(options: MnistSplitOptions): Promise<number[][]> {
  const { labels, rows } = await splitRows(options)
  return rows.map((part) => countClasses(labels, CLASSES, part))
}
