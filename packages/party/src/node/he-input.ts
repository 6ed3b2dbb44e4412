import type { ParameterInput } from '@tributary/crypto/bfv'
import type { Manifest } from '@tributary/protocol'

/** log2 of the factor by which ‖u_j‖ may exceed √n when the optimiser is not pcg. */
const DESCENT_BITS = 3

/** What the encryption parameters of a run follow from: the same at every party. */
export function heInput({ parties, settings, rowsBound }: Pick<Manifest, 'parties' | 'settings' | 'rowsBound'>): ParameterInput {
  const features = parties.flatMap((party) => (party.features > 0 ? [party.features] : []))
  const { fx, fu } = settings.fixedPoint
  const extraBits = settings.optimiser.name === 'pcg' ? 0 : DESCENT_BITS
  return { rows: rowsBound, features, parties: features.length, fx, fu, extraBits }
}
