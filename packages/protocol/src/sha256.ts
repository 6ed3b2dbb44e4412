import { z } from 'zod'

/** Lower-case hex of a SHA-256, the content address of every blob. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits')

export interface Sha256 {
  update(bytes: Uint8Array): Sha256
  /** Ends the stream; call once. */
  hex(): string
}
