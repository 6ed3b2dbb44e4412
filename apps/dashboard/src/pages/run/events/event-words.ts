import type { LoggedEvent } from '@tributary/protocol'
import { formatBytes, formatCount, formatMetric, formatNumber, NONE } from '../../../format/numbers.ts'
import { formatSeconds } from '../../../format/times.ts'
import { errorWords } from '../../../widgets/problem.tsx'
import type { Spoken } from '../../../words/words.ts'

const minor = new Set(['participant.downloaded', 'participant.trained', 'withheld'])
/** Steps on the way, which would bury what matters. */
export const isMinor = ({ event }: LoggedEvent): boolean =>
  minor.has(event.type) || (event.type === 'metric' && event.data.scope === 'participant')

export const isTrouble = ({ event }: LoggedEvent): boolean =>
  ['update.rejected', 'participant.failed', 'participant.dropped', 'round.overdue'].includes(event.type) ||
  (event.type === 'run.state' && event.data.reason !== null)

export const roundOf = ({ event }: LoggedEvent): number | null => ('round' in event.data ? event.data.round : null)

/** What an event says, in a sentence. */
export function eventWords({ event }: LoggedEvent, { w, language }: Spoken): string {
  switch (event.type) {
    case 'run.state': {
      const { from, to, reason } = event.data
      const words = w('event.state', { from: w(`phase.${from}`), to: w(`phase.${to}`) })
      return reason === null ? words : `${words} ${errorWords(reason, language)}`
    }
    case 'round.opened':
      return w('event.opened', { round: event.data.round, asked: event.data.selected.length, minimum: event.data.minimum })
    case 'round.closed': {
      const { round, counted, missing, seconds } = event.data
      return w('event.closed', {
        round,
        counted: counted.length,
        missing: missing.map(({ name }) => name).join(', ') || NONE,
        time: formatSeconds(seconds, language),
      })
    }
    case 'round.overdue':
      return w('event.overdue', { round: event.data.round, accepted: event.data.accepted, minimum: event.data.minimum })
    case 'participant.downloaded':
      return w('event.downloaded', { name: event.data.name, bytes: formatBytes(event.data.bytes, language) })
    case 'participant.trained':
      return w('event.trained', {
        name: event.data.name,
        time: formatSeconds(event.data.seconds, language),
        loss: formatNumber(event.data.loss, language),
      })
    case 'update.accepted':
      return w('event.accepted', {
        name: event.data.name,
        samples: formatCount(event.data.samples, language),
        bytes: formatBytes(event.data.bytes, language),
      })
    case 'update.rejected':
      return w('event.rejected', { name: event.data.name, why: errorWords(event.data.error, language) })
    case 'participant.failed':
      return w('event.failed', { name: event.data.name, why: errorWords(event.data.error, language) })
    case 'participant.dropped':
      return w('event.dropped', { name: event.data.name, why: event.data.reason })
    case 'metric': {
      const { name, value, participant } = event.data
      return w('event.metric', { who: participant ?? w('curves.global'), name, value: formatMetric(name, value, language) })
    }
    case 'action':
      return w('event.action', { by: event.data.by, action: w(`action.${event.data.action}`), reason: event.data.reason || NONE })
    default:
      return event.type
  }
}
