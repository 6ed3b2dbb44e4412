import * as tf from '@tensorflow/tfjs-core'
import { type NamedTensor, sizeOf, TributaryError } from '@tributary/protocol'
import type { ModelSpecification } from '../specification/index.ts'
import type { Parameters } from '../zoo/layers.ts'

/**
 * Puts parameters onto the backend, matched by name; the caller disposes them.
 * @throws TributaryError `update_wrong_names`, `update_wrong_shape` where they are not the model's
 */
export function toTensors({ tensors }: ModelSpecification, parameters: readonly NamedTensor[]): Parameters {
  const byName = new Map(parameters.map((tensor) => [tensor.name, tensor]))
  const missing = tensors.filter(({ name }) => !byName.has(name)).map(({ name }) => name)
  for (const { name } of tensors) byName.delete(name)
  const unknown = [...byName.keys()]
  if (missing.length > 0 || unknown.length > 0 || parameters.length !== tensors.length)
    throw new TributaryError('update_wrong_names', { missing: listed(missing), unknown: listed(unknown) })
  const found = new Map(parameters.map((tensor) => [tensor.name, tensor]))
  for (const { name, shape } of tensors) {
    const { shape: actual, data } = found.get(name) as NamedTensor
    if (actual.join() !== shape.join() || data.length !== sizeOf(shape))
      throw new TributaryError('update_wrong_shape', { tensor: name, expected: shape.join(' × '), actual: actual.join(' × ') })
  }
  return Object.fromEntries(
    // A copy: the cpu backend would keep a view of the caller's memory.
    tensors.map(({ name, shape }) => [name, tf.tensor((found.get(name) as NamedTensor).data.slice(), shape, 'float32')]),
  )
}

/** Reads tensors back, in the specification's order. */
export const fromTensors = ({ tensors }: ModelSpecification, values: Parameters): Promise<NamedTensor[]> =>
  Promise.all(
    tensors.map(async ({ name, shape }) => ({
      name,
      shape: [...shape],
      // A copy: the cpu backend gives its own memory away.
      data: new Float32Array(await (values[name] as tf.Tensor).data<'float32'>()),
    })),
  )

const listed = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '))
