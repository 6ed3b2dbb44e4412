import {
  type ContainerHeader,
  type ContainerSink,
  type NamedTensor,
  sizeOf,
  type TensorSpec,
  TributaryError,
} from '@tributary/protocol'
import { flatOffsets } from '../updates/expectation.ts'
import { createRunningSum, type RunningSum } from './running-sum.ts'

export { addScaled } from './running-sum.ts'

/**
 * The running sum Σ a_k·x_k over updates that arrive as streams; memory is one float64 for each parameter, however many
 * clients there are. Float64 holds a float32 times a sample count with 29 bits to spare, so the sum's own rounding stays
 * far below float32.
 */
export class WeightedSum {
  readonly #tensors: readonly TensorSpec[]
  readonly #offsets: ReadonlyMap<string, number>
  readonly #sum: RunningSum
  #weight = 0

  constructor(tensors: readonly TensorSpec[]) {
    this.#tensors = tensors
    const { offsets, size } = flatOffsets(tensors)
    this.#offsets = offsets
    this.#sum = createRunningSum(size)
  }

  /** Σ a_k so far. */
  get weight(): number {
    return this.#weight
  }

  /** A sink for one validated update; its tensors may stand in any order, they match by name. */
  fold(weight: number): ContainerSink {
    if (!(weight > 0) || !Number.isFinite(weight)) throw new RangeError(`a weight of ${weight}`)
    this.#weight += weight
    let bases: number[] = []
    return {
      header: (header: ContainerHeader) => {
        bases = header.tensors.map(({ name }) => {
          const base = this.#offsets.get(name)
          if (base === undefined) throw new TributaryError('update_wrong_names', { missing: 'none', unknown: name })
          return base
        })
      },
      values: (tensor, offset, values) => this.#sum.add((bases[tensor] as number) + offset, weight, values),
    }
  }

  /** Begins again at zero, in the same memory. */
  reset(): void {
    this.#sum.values.fill(0)
    this.#weight = 0
  }

  /** The sum divided by its weight, written over the sum itself: call once, at the end; afterwards only reset() is of use. */
  mean(): Float64Array {
    if (this.#weight === 0) throw new RangeError('a mean of no updates')
    const sum = this.#sum.values
    const total = this.#weight
    for (let i = 0; i < sum.length; i += 1) sum[i] = (sum[i] as number) / total
    return sum
  }

  get tensors(): readonly TensorSpec[] {
    return this.#tensors
  }
}

/**
 * Rounds a flat vector to float32 and cuts it into named tensors. They are written over the vector's own first half, value by
 * value from its beginning, so that a large model needs no second copy: the vector is spent by the call.
 */
export function toTensors(flat: Float64Array, tensors: readonly TensorSpec[]): NamedTensor[] {
  const { offsets } = flatOffsets(tensors)
  const narrow = new Float32Array(flat.buffer, flat.byteOffset, flat.length)
  for (let i = 0; i < flat.length; i += 1) narrow[i] = flat[i] as number
  return tensors.map(({ name, shape }) => {
    const start = offsets.get(name) as number
    return { name, shape, data: narrow.subarray(start, start + sizeOf(shape)) }
  })
}
