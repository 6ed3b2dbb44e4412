import { type ContainerHeader, type ContainerSink, type NamedTensor, type TensorSpec, TributaryError } from '@tributary/protocol'
import { flatOffsets } from '../updates/expectation.ts'

/**
 * The running sum Σ a_k·x_k over updates that arrive as streams; memory is one float64 for each parameter, however many
 * clients there are. Float64 holds a float32 times a sample count with 29 bits to spare, so the sum's own rounding stays
 * far below float32.
 */
export class WeightedSum {
  readonly #tensors: readonly TensorSpec[]
  readonly #offsets: ReadonlyMap<string, number>
  readonly #sum: Float64Array
  #weight = 0

  constructor(tensors: readonly TensorSpec[]) {
    this.#tensors = tensors
    const { offsets, size } = flatOffsets(tensors)
    this.#offsets = offsets
    this.#sum = new Float64Array(size)
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
      values: (tensor, offset, values) => addScaled(this.#sum, (bases[tensor] as number) + offset, weight, values),
    }
  }

  /** The sum divided by its weight, written over the sum itself: call once, at the end. */
  mean(): Float64Array {
    if (this.#weight === 0) throw new RangeError('a mean of no updates')
    const sum = this.#sum
    const total = this.#weight
    for (let i = 0; i < sum.length; i += 1) sum[i] = (sum[i] as number) / total
    return sum
  }

  get tensors(): readonly TensorSpec[] {
    return this.#tensors
  }
}

/** sum[at + i] += weight · values[i] */
export function addScaled(sum: Float64Array, at: number, weight: number, values: Float32Array): void {
  for (let i = 0, j = at; i < values.length; i += 1, j += 1) sum[j] = (sum[j] as number) + weight * (values[i] as number)
}

/** Cuts a flat vector into named float32 tensors. */
export function toTensors(flat: Float64Array, tensors: readonly TensorSpec[]): NamedTensor[] {
  const { offsets } = flatOffsets(tensors)
  return tensors.map(({ name, shape }) => {
    const start = offsets.get(name) as number
    const data = Float32Array.from(flat.subarray(start, start + shape.reduce((size, axis) => size * axis, 1)))
    return { name, shape, data }
  })
}
