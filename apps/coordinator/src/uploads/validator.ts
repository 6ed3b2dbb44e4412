import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import type { ValidationRequest, ValidationResult } from './validate-update.ts'

export interface UpdateValidator {
  validate(request: ValidationRequest): Promise<ValidationResult>
  close(): Promise<void>
}

/** Hashing and checking off the main loop, several updates at a time. */
export function createUpdateValidator(): UpdateValidator {
  const pool = new Piscina({
    filename: new URL('./validation-worker.cjs', import.meta.url).href,
    minThreads: 1,
    maxThreads: Math.max(1, Math.min(4, availableParallelism())),
    idleTimeout: 60_000,
    // First come, first checked, also while all threads are busy.
    stricterFIFO: true,
    // Updates lie outside the heap; the little that is left behind need not grow to V8's 16 MB a thread.
    resourceLimits: { maxYoungGenerationSizeMb: 3 },
  })
  return {
    validate: (request) => pool.run(request),
    close: () => pool.destroy(),
  }
}
