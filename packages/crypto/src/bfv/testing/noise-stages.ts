import type { HeParameters } from '@tributary/protocol'
import { secureBlinding } from '../blinding.ts'
import type { BfvContext } from '../context.ts'
import { noiseBudget, schemeOver } from './inspection.ts'
import { seededVector } from './tables.ts'
import { noFlood } from './weak-blindings.ts'

/** The same context, whose openings are not switched down: shows the noise before it. */
export const unswitched = (bfv: BfvContext): BfvContext => ({
  ...bfv,
  openingLevel: bfv.freshLevel,
  forms: { ...bfv.forms, opening: bfv.forms.ciphertext },
})

/** Noise budgets in bits along a step: three fresh ciphertexts summed, four products summed, flooded, switched down. */
export function noiseStages(bfv: BfvContext, he: HeParameters) {
  const rows = 4 * he.ringDegree
  const values = seededVector(1, rows, 20)
  const columns = [seededVector(2, rows, 20)]
  const scheme = schemeOver(bfv, he, rows)
  const { publicKeys, secretKeys } = scheme.newKeys()
  const secretKey = secretKeys[0] as Uint8Array
  const inputs = [scheme.encrypt(values, publicKeys), scheme.encrypt(values, publicKeys)]
  const d = scheme.combine(inputs, values, publicKeys)
  const budgetOf = (context: BfvContext, blinding = secureBlinding) => {
    const opened = schemeOver(context, he, rows, blinding)
    const bytes = opened.request(d, columns, publicKeys).ciphertexts[0] as Uint8Array
    opened[Symbol.dispose]()
    return noiseBudget(context, bytes, secretKey, 'opening')
  }
  const stages = {
    sum: noiseBudget(bfv, d[0] as Uint8Array, secretKey, 'ciphertext'),
    products: budgetOf(unswitched(bfv), noFlood),
    flooded: budgetOf(unswitched(bfv)),
    sent: budgetOf(bfv),
  }
  scheme[Symbol.dispose]()
  return stages
}
