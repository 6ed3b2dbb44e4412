import type { BfvScheme } from '../bfv-scheme.ts'
import { scoped } from '../handles.ts'
import { save } from '../serialised-form.ts'
import { encode } from '../slots.ts'

/**
 * Why a label party must encrypt afresh. Here it saves an encryption: d = [[u_A]] + (u_B − y) by addPlain, which leaves c₁ as it
 * was. Then A, the only feature party, reads every residual without the key service. Tests only; one key, one chunk.
 */
export const combineByAddPlain = ({ bfv, layout }: BfvScheme, u: readonly Uint8Array[], values: BigInt64Array): Uint8Array[] =>
  u.map((bytes) =>
    scoped((own) => {
      const slots = new BigInt64Array(layout.slots)
      layout.repeat(slots, values, 0)
      const sum = bfv.forms.ciphertext.load(own(new bfv.seal.Ciphertext()), bytes, bfv.context)
      bfv.evaluator.addPlainInplace(sum, encode(bfv, slots, own))
      return save(bfv.seal, sum)
    }),
  )

/**
 * A's side: d − [[u_A]] + Enc'(0) under a key pair of its own. If c₁ of both is the same, what is left is a ciphertext of u_B − y
 * under A's key.
 *
 * @returns what A decrypts, n slots centred mod t.
 */
export function readWithOwnKey({ bfv, layout }: BfvScheme, d: Uint8Array, u: Uint8Array): BigInt64Array {
  const { seal, context, evaluator, encoder, forms } = bfv
  return scoped((own) => {
    const generator = own(new seal.KeyGenerator(context))
    const encryptor = own(new seal.Encryptor(context, own(generator.createPublicKey())))
    const difference = own(new seal.Ciphertext())
    encryptor.encryptZero(difference)
    evaluator.subInplace(difference, forms.ciphertext.load(own(new seal.Ciphertext()), u, context))
    evaluator.addInplace(difference, forms.ciphertext.load(own(new seal.Ciphertext()), d, context))
    const plain = own(new seal.Plaintext())
    own(new seal.Decryptor(context, own(generator.secretKey()))).decrypt(difference, plain)
    return (encoder.decodeBigInt64(plain) as BigInt64Array).slice(0, layout.rows)
  })
}
