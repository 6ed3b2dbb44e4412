import { createHash } from 'node:crypto'
import type { Sha256 } from './sha256.ts'

/** A streaming SHA-256 on Node's own crypto. */
export function createSha256(): Sha256 {
  const hash = createHash('sha256')
  const self: Sha256 = {
    update(bytes) {
      hash.update(bytes)
      return self
    },
    hex: () => hash.digest('hex'),
  }
  return self
}
