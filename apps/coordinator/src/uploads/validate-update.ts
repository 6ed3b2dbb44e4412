import { type UpdateExpectation, UpdateValidation } from '@tributary/federation'
import { createSha256, type ErrorCode, type ErrorDetails, TributaryError, type UpdateMeta } from '@tributary/protocol'
import { hashFile, readContainerFile } from '../aggregation/container-file.ts'

export interface ValidationRequest {
  file: string
  sha256: string
  expected: UpdateExpectation
}

/** Errors cross the thread as data: a class would lose its prototype on the way. */
export type ValidationResult = { ok: true; meta: UpdateMeta } | { ok: false; code: ErrorCode; details: ErrorDetails }

/** Reads a finished upload once: its hash, its header against the round, each of its values. */
export function validateUpdate({ file, sha256, expected }: ValidationRequest): ValidationResult {
  const hash = createSha256()
  try {
    const header = readContainerFile(file, new UpdateValidation(expected), hash)
    const actual = hash.hex()
    if (actual !== sha256) return { ok: false, code: 'update_hash_mismatch', details: { actual, expected: sha256 } }
    if (header.kind !== 'update')
      return { ok: false, code: 'update_malformed', details: { reason: `its header says ${header.kind}` } }
    return { ok: true, meta: header.meta }
  } catch (error) {
    if (!(error instanceof TributaryError)) throw error
    // Bytes that were damaged on the way often cannot be decoded: then the hash is the true reason, and sending again mends it.
    const actual = hashFile(file)
    if (actual !== sha256) return { ok: false, code: 'update_hash_mismatch', details: { actual, expected: sha256 } }
    return { ok: false, code: error.code, details: error.details }
  }
}
