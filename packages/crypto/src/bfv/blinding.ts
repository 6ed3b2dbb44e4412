import type { BfvContext } from './context.ts'
import { scoped } from './handles.ts'
import type { Ciphertext, Encryptor, Plaintext } from './seal-module.ts'
import { fillUniform, halvesOf } from './uniform.ts'

/**
 * What hides the products of an opening from the key service, which holds the secret key.
 *
 * The values are hidden by a mask R, uniform mod t in every slot. The noise would still tell: it is a product of the column, so the
 * quotient of two openings' noises is x₁·x₂⁻¹. Hence the flood, Enc(0)·r1·r2 with r1, r2 uniform mod t, 40 and more bits above it.
 */
export interface Blinding {
  /** Draws R into all slots. */
  drawMask(slots: BigInt64Array, modulus: bigint): void
  /** Makes of a fresh Enc(0) in NTT form the flood, in NTT form. */
  flood(zero: Ciphertext, bfv: BfvContext, scratch: BigInt64Array): void
}

export const secureBlinding: Blinding = {
  drawMask: (slots, modulus) => fillUniform(halvesOf(slots), modulus),
  flood(zero, bfv, scratch) {
    for (let factor = 0; factor < 2; factor += 1) {
      fillUniform(halvesOf(scratch), bfv.modulus)
      scoped((own) => {
        const plain = own(new bfv.seal.Plaintext())
        bfv.encoder.encode(scratch, plain)
        bfv.evaluator.plainTransformToNttInplace(plain, bfv.freshLevel)
        bfv.evaluator.multiplyPlainInplace(zero, plain)
        plain.setZero()
      })
    }
    scratch.fill(0n)
  },
}

/** Products of one opening: [[d]] of a chunk in NTT form, and the column's plaintext in NTT form. */
export interface Product {
  readonly d: Ciphertext
  readonly column: Plaintext
}

/**
 * Σ products + flood + mask, switched down to the opening level. The mask goes on before the switch: added after it, its own
 * rounding would stand unflooded beside that of the products.
 *
 * @param mask R in slots; overwritten by the caller.
 */
export function blind(
  own: <H extends { delete(): void }>(handle: H) => H,
  o: {
    readonly bfv: BfvContext
    readonly encryptor: Encryptor
    readonly blinding: Blinding
    readonly products: readonly Product[]
    readonly mask: BigInt64Array
    readonly scratch: BigInt64Array
  },
): Ciphertext {
  const { seal, evaluator, encoder, openingLevel } = o.bfv
  const total = own(new seal.Ciphertext())
  o.encryptor.encryptZero(total)
  evaluator.cipherTransformToNttInplace(total)
  o.blinding.flood(total, o.bfv, o.scratch)
  const product = own(new seal.Ciphertext())
  for (const { d, column } of o.products) {
    evaluator.multiplyPlain(d, column, product)
    evaluator.addInplace(total, product)
  }
  evaluator.cipherTransformFromNttInplace(total)
  const plain = own(new seal.Plaintext())
  encoder.encode(o.mask, plain)
  evaluator.addPlainInplace(total, plain)
  plain.setZero()
  evaluator.cipherModSwitchToInplace(total, openingLevel)
  return total
}
