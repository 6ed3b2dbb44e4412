import type { PartyEvent } from '@tributary/party'
import type { RefusalLog } from './refusal-log.ts'

/** Events on their way to who asked for them; of a refused message the log gets the code, never what came with it. */
export const loggingRefusals =
  (log: RefusalLog, onEvent: ((event: PartyEvent) => void) | undefined) =>
  (event: PartyEvent): void => {
    if (event.type === 'dropped') log.add({ code: event.error.code, from: event.from, run: event.run })
    onEvent?.(event)
  }
