import { z } from 'zod'

/** A tensor's name is its identity on the wire: weights match by name, never by position. */
export const tensorNameSchema = z.string().regex(/^[\w][\w./-]{0,99}$/, 'use letters, digits, _ . / - (at most 100 characters)')

export const tensorSpecSchema = z.strictObject({
  name: tensorNameSchema,
  /** Sizes of the axes; an empty list is a scalar. */
  shape: z
    .array(
      z
        .int()
        .min(1)
        .max(2 ** 31),
    )
    .max(8),
  dtype: z.literal('float32'),
})
export type TensorSpec = z.infer<typeof tensorSpecSchema>

/** A float32 tensor in row-major order; `data.length` is the product of `shape`. */
export interface NamedTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** Number of elements of a shape (1 for a scalar). */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, axis) => size * axis, 1)

/** The specification of tensors that are in memory. */
export const specOf = (tensors: readonly NamedTensor[]): TensorSpec[] =>
  tensors.map(({ name, shape }) => ({ name, shape: [...shape], dtype: 'float32' }))
