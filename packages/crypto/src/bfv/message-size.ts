import { ciphertextLayout, type HeParameters, MAX_ENVELOPE_BYTES, TributaryError } from '@tributary/protocol'
import type { ParameterInput } from './parameters.ts'

/** Header, signature, seal, lengths of parts and body of a message of a step are less. */
const BESIDE_PARTS = 64 * 1024

/** Bytes of the parts of a step's messages; fewer rows than the bound make none larger. */
function bytesOfParts(he: HeParameters, { rows, features }: Pick<ParameterInput, 'rows' | 'features'>) {
  const layout = ciphertextLayout(he, rows)
  return {
    'u or d': layout.vectorCiphertexts * layout.ciphertextBytes,
    open: Math.max(...features.map((count) => layout.openings(count))) * layout.openingBytes,
    'step-key': layout.publicKeys * layout.publicKeyBytes,
  }
}

/**
 * A run whose messages no envelope carries would come to nothing in its first step.
 *
 * @throws TributaryError slr_params
 */
export function checkMessageSizes(he: HeParameters, input: Pick<ParameterInput, 'rows' | 'features'>): void {
  const sizes = Object.entries(bytesOfParts(he, input))
  const [kind, parts] = sizes.reduce((largest, one) => (one[1] > largest[1] ? one : largest))
  const bytes = parts + BESIDE_PARTS
  if (bytes <= MAX_ENVELOPE_BYTES) return
  const reason = `a message (${kind}) takes ${bytes} bytes and ${MAX_ENVELOPE_BYTES} fit: use fewer columns, rows or binary digits`
  throw new TributaryError('slr_params', { reason })
}
