import type { NamedTensor } from '@tributary/protocol'

/** The name of the first tensor with a NaN or an infinity, or null. */
export function firstNonFinite(tensors: readonly NamedTensor[]): string | null {
  for (const { name, data } of tensors) {
    // x · 0 is 0 for finite x and NaN otherwise: one sum without a branch for each value.
    let zero = 0
    for (let i = 0; i < data.length; i += 1) zero += (data[i] as number) * 0
    if (zero !== 0) return name
  }
  return null
}
