import type { HeParameters } from '@tributary/protocol'
import { BfvScheme } from '../bfv-scheme.ts'
import { type Blinding, secureBlinding } from '../blinding.ts'
import type { BfvContext } from '../context.ts'
import { scoped } from '../handles.ts'
import type { Ciphertext, Decryptor, Plaintext } from '../seal-module.ts'

/** What only tests may do: weaken a scheme, look into single slots, read the noise with a secret key. */

/** A scheme over a context that outlives it, with parameters that no check has passed. */
export const schemeOver = (bfv: BfvContext, he: HeParameters, rows: number, blinding: Blinding = secureBlinding): BfvScheme =>
  new BfvScheme(he, rows, { ...bfv, [Symbol.dispose]: () => undefined }, blinding)

type Form = 'ciphertext' | 'opening'

function withDecryptor<T>(
  { seal, context, forms }: BfvContext,
  bytes: Uint8Array,
  secretKey: Uint8Array,
  form: Form,
  work: (decryptor: Decryptor, ciphertext: Ciphertext, plain: Plaintext) => T,
): T {
  return scoped((own) => {
    const key = forms.secretKey.load(own(new seal.SecretKey()), secretKey, context)
    const ciphertext = forms[form].load(own(new seal.Ciphertext()), bytes, context)
    return work(own(new seal.Decryptor(context, key)), ciphertext, own(new seal.Plaintext()))
  })
}

/** Every slot mod t. */
export const decryptSlots = (bfv: BfvContext, bytes: Uint8Array, secretKey: Uint8Array, form: Form): BigUint64Array =>
  withDecryptor(bfv, bytes, secretKey, form, (decryptor, ciphertext, plain) => {
    decryptor.decrypt(ciphertext, plain)
    return bfv.encoder.decodeBigUint64(plain) as BigUint64Array
  })

/** Bits of noise budget left. */
export const noiseBudget = (bfv: BfvContext, bytes: Uint8Array, secretKey: Uint8Array, form: Form): number =>
  withDecryptor(bfv, bytes, secretKey, form, (decryptor, ciphertext) => decryptor.invariantNoiseBudget(ciphertext))
