import type { NamedTensor, TensorSpec } from '@tributary/protocol'
import { sizeOf } from '@tributary/protocol'
import { uniformFloat32 } from 'pure-rand/distribution/uniformFloat32'
import { mersenne } from 'pure-rand/generator/mersenne'

/**
 * Kernels uniform in ±√(6 / (fan_in + fan_out)), biases zero: the "normalized initialization" of Glorot and Bengio,
 * "Understanding the difficulty of training deep feedforward neural networks" (AISTATS 2010), equation 16.
 * One Mersenne Twister of the seed fills the kernels in the order of `tensors`. Only +, ·, / and √ are used, which IEEE 754
 * rounds correctly, so the bytes are the same on every engine.
 * @param seed 0 … 2³² − 1
 */
export function glorotUniform(tensors: readonly TensorSpec[], seed: number): NamedTensor[] {
  const random = mersenne(seed)
  return tensors.map(({ name, shape }) => {
    const data = new Float32Array(sizeOf(shape))
    if (name.endsWith('/kernel')) {
      const limit = Math.sqrt(6 / fans(shape))
      for (let i = 0; i < data.length; i += 1) data[i] = (2 * uniformFloat32(random) - 1) * limit
    }
    return { name, shape: [...shape], data }
  })
}

/** fan_in + fan_out of a kernel [...window, inputs, outputs]; a window counts once for each of its places. */
function fans(shape: readonly number[]): number {
  const [inputs = 1, outputs = 1] = shape.slice(-2)
  return sizeOf(shape.slice(0, -2)) * (inputs + outputs)
}
