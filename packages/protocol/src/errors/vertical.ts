import { auditErrors } from './vertical/audit.ts'
import { dataErrors } from './vertical/data.ts'
import { keyErrors } from './vertical/keys.ts'
import { messageErrors } from './vertical/messages.ts'
import { trainingErrors } from './vertical/training.ts'

/** Refusals and failures of vertical runs: alignment, encryption, the key service and its log. */
export const verticalErrors = {
  ...messageErrors,
  ...trainingErrors,
  ...keyErrors,
  ...dataErrors,
  ...auditErrors,
}
