import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Seeded draws for tests; not for secrets. */
export class MockRandom {
  readonly #generator: ReturnType<typeof xoroshiro128plus>

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed)
  }

  /** From 0 up to, without, `end`. */
  below(end: number): number {
    return uniformInt(this.#generator, 0, end - 1)
  }

  bits(count: number): bigint {
    let value = 0n
    for (let drawn = 0; drawn < count; drawn += 24) value = (value << 24n) | BigInt(this.below(1 << 24))
    return value & ((1n << BigInt(count)) - 1n)
  }

  /** Uniform mod t. */
  residue(t: bigint): bigint {
    const bits = t.toString(2).length
    for (;;) {
      const value = this.bits(bits)
      if (value < t) return value
    }
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)]
    if (value === undefined) throw new Error('nothing to pick from')
    return value
  }
}
