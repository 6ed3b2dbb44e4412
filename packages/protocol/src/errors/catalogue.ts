import { accessErrors } from './access.ts'
import type { CatalogueEntry } from './entry.ts'
import { platformErrors } from './platform.ts'
import { runErrors } from './runs.ts'
import { updateErrors } from './updates.ts'

/** Every code this product can answer. Codes are never renamed; a retired one stays reserved in docs/errors.md. */
export const catalogue = {
  ...accessErrors,
  ...runErrors,
  ...updateErrors,
  ...platformErrors,
} as const satisfies Record<string, CatalogueEntry>

export type ErrorCode = keyof typeof catalogue
