const EXPONENT = 0x7f800000

/** True when no value is NaN or infinite: those are the floats whose exponent bits are all set (IEEE 754, section 3.4). */
export function allFinite(values: Float32Array): boolean {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  for (let i = 0; i < bits.length; i += 1) if (((bits[i] as number) & EXPONENT) === EXPONENT) return false
  return true
}
