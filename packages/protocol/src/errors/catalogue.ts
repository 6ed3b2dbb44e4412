import { accessErrors } from './access.ts'
import type { CatalogueEntry } from './entry.ts'
import { peopleErrors } from './people.ts'
import { platformErrors } from './platform.ts'
import { runErrors } from './runs.ts'
import { updateErrors } from './updates.ts'
import { verticalErrors } from './vertical.ts'

/** Every code this product can answer. Codes are never renamed; a retired one stays reserved in docs/errors.md. */
export const catalogue = {
  ...accessErrors,
  ...peopleErrors,
  ...runErrors,
  ...updateErrors,
  ...platformErrors,
  ...verticalErrors,
} as const satisfies Record<string, CatalogueEntry>

export type ErrorCode = keyof typeof catalogue
