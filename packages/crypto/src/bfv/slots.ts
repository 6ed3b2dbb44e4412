import type { BfvContext } from './context.ts'
import type { Own } from './handles.ts'
import type { Plaintext } from './seal-module.ts'

/**
 * Encodes N slots. Values are reduced mod t first, in place where one is out of (−t/2, t/2): the encoder itself would take them
 * for numbers mod t as they are.
 */
export function encode({ seal, encoder, modulus }: BfvContext, slots: BigInt64Array, own: Own): Plaintext {
  reduce(slots, modulus)
  const plain = own(new seal.Plaintext())
  encoder.encode(slots, plain)
  return plain
}

function reduce(slots: BigInt64Array, modulus: bigint): void {
  const highs = new Int32Array(slots.buffer, slots.byteOffset, 2 * slots.length)
  // A value whose high half is strictly inside that of ±t/2 is in range, told without making a bigint.
  const bound = Number(modulus >> 33n)
  for (let i = 0; i < slots.length; i += 1) {
    const high = highs[2 * i + 1] as number
    if (high >= bound || high <= -bound) slots[i] = (((slots[i] as bigint) % modulus) + modulus) % modulus
  }
}
