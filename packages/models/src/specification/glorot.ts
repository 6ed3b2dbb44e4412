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
    fill(data, limitOf(name, shape), random)
    return { name, shape: [...shape], data }
  })
}

/**
 * The same values, one tensor's after another's, in pieces of `most`: for models that are written without being held. Each piece but
 * the first is in the memory of the one before it.
 */
export function* glorotPieces(tensors: readonly TensorSpec[], seed: number, most: number): Generator<Float32Array> {
  const random = mersenne(seed)
  const piece = new Float32Array(most)
  let filled = 0
  for (const { name, shape } of tensors) {
    const limit = limitOf(name, shape)
    for (let left = sizeOf(shape); left > 0; ) {
      const values = piece.subarray(filled, filled + left)
      fill(values, limit, random)
      left -= values.length
      filled += values.length
      if (filled < most) continue
      yield piece
      filled = 0
    }
  }
  if (filled > 0) yield piece.subarray(0, filled)
}

/** 0 for what is not a kernel. */
const limitOf = (name: string, shape: readonly number[]): number => (name.endsWith('/kernel') ? Math.sqrt(6 / fans(shape)) : 0)

function fill(values: Float32Array, limit: number, random: ReturnType<typeof mersenne>): void {
  if (limit === 0) values.fill(0)
  else for (let i = 0; i < values.length; i += 1) values[i] = (2 * uniformFloat32(random) - 1) * limit
}

/** fan_in + fan_out of a kernel [...window, inputs, outputs]; a window counts once for each of its places. */
function fans(shape: readonly number[]): number {
  const [inputs = 1, outputs = 1] = shape.slice(-2)
  return sizeOf(shape.slice(0, -2)) * (inputs + outputs)
}
