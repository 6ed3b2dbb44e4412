import type { ValidationRequest, ValidationResult } from './validate-update.ts'

// By import(), see docs/decisions/0006-threads-load-by-import.md.
const loaded = import('./validate-update.ts')

/** Entry point of a validation thread. */
export default async function validate(request: ValidationRequest): Promise<ValidationResult> {
  return (await loaded).validateUpdate(request)
}
