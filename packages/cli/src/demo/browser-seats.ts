import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CoordinatorApi } from '@tributary/client'
import { MNIST_MEAN, MNIST_STD } from '@tributary/data/node'
import { sizeOf } from '@tributary/protocol'
import { loadMnistPart, type MnistSplitOptions } from '../institution/mnist-part.ts'

/** A seat of the demo that a person takes with a browser. */
export interface BrowserSeat {
  readonly name: string
  readonly invite: string
  /** Counted from 1. */
  readonly part: number
}

/** The code stands behind the #, which browsers do not send. */
export const inviteLink = (url: string, { invite, name }: Pick<BrowserSeat, 'invite' | 'name'>): string =>
  `${url}/join#code=${encodeURIComponent(invite)}&name=${encodeURIComponent(name)}`

/** Lays the seat's part of MNIST down as two IDX files. @returns the folder that they lie in */
export async function layOutImages(folder: string, { name, part }: BrowserSeat, split: MnistSplitOptions): Promise<string> {
  const { features, featureShape, labels, count } = await loadMnistPart(part, split)
  const [height = 0, width = 0] = featureShape
  const target = join(folder, `${name}-images`)
  await mkdir(target, { recursive: true })
  await writeFile(join(target, 'images-idx3-ubyte'), idxOf([count, height, width], pixelsOf(features)))
  await writeFile(join(target, 'labels-idx1-ubyte'), idxOf([count], Uint8Array.from(labels)))
  return target
}

/** The pixels that MNIST's normalised values were made of. */
export const pixelsOf = (features: Float32Array): Uint8Array =>
  Uint8Array.from(features, (value) => Math.round((value * MNIST_STD + MNIST_MEAN) * 255))

/** An IDX file of bytes. */
export function idxOf(shape: readonly number[], values: Uint8Array): Uint8Array {
  if (values.length !== sizeOf(shape)) throw new RangeError(`${values.length} values are no [${shape.join(', ')}]`)
  const head = new DataView(new ArrayBuffer(4 + 4 * shape.length))
  head.setUint32(0, 0x0800 + shape.length)
  for (const [axis, size] of shape.entries()) head.setUint32(4 + 4 * axis, size)
  const file = new Uint8Array(head.byteLength + values.length)
  file.set(new Uint8Array(head.buffer))
  file.set(values, head.byteLength)
  return file
}

const ASK_EVERY_MS = 1_000

/** Resolves, with what each trains on, when all seats are taken. @throws the reason of `signal` */
export async function seatsTaken(
  api: CoordinatorApi,
  federation: string,
  seats: readonly BrowserSeat[],
  signal: AbortSignal,
): Promise<string[]> {
  for (;;) {
    signal.throwIfAborted()
    const participants = await api.participants(federation, signal)
    const backends = seats.flatMap(({ name }) => {
      const here = participants.find((one) => one.name === name)
      return here?.online && here.backend !== null ? [here.backend] : []
    })
    if (backends.length === seats.length) return backends
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS))
  }
}
