import type { VerticalNoticeToOwner } from '@tributary/federation'
import type { PartyEvent } from '@tributary/party'
import { describe, type Language, type Published, reportedFailure, type TributaryError } from '@tributary/protocol'
import { countOf, formatBytes, formatMetric, formatSeconds } from '../output/units.ts'
import { manifestLines } from './manifest-lines.ts'

/** Messages that hold rows, each in a form that its receiver cannot read them in. */
const encrypted: Readonly<Record<string, string>> = {
  u: 'partial predictions, encrypted',
  d: 'residuals, encrypted afresh',
  open: 'gradient sums, encrypted and masked, for opening',
}

/** What the owner of a party or key service reads of an event. */
export function partyLines(event: PartyEvent, language: Language): string[] {
  const say = (error: TributaryError) => sentenceOf(error, language)
  switch (event.type) {
    case 'registered':
      return [`Registered as ${event.name}; own fingerprint ${event.fingerprint}`]
    case 'connected':
      return ['Connected; waiting for runs.']
    case 'disconnected':
      return [`Disconnected (${event.reason}); trying again in ${formatSeconds(event.retryInSeconds)}.`]
    case 'retry':
      return [`${say(event.error)} Trying again in ${formatSeconds(event.retryInSeconds)}.`]
    case 'proposed':
      return ['All checks of a manifest have passed.', ...manifestLines(event.manifest, event.manifestSha256)]
    case 'approved':
      return [`Signed the manifest of ${event.run}.`]
    case 'refused':
      return [`Refused ${event.run}: ${say(event.error)}`]
    case 'started':
      return [event.resumed ? `Going on with ${event.run}.` : `All have signed; ${event.run} begins.`]
    case 'phase':
      return [`${event.run} is ${event.phase}.`]
    case 'sent': {
      const what = encrypted[event.kind]
      return what === undefined ? [] : [`Step ${event.step}: sent ${what}, ${formatBytes(event.bytes)}, to ${event.peer}.`]
    }
    case 'received':
      return []
    case 'dropped':
      return [`Dropped a message from ${event.from}: ${say(event.error)}`]
    case 'notice':
      return noticeLines(event.notice)
    case 'published':
      return publishedLines(event.event)
    case 'done': {
      const { converged, f, loss, steps } = event.outcome
      const flag = converged ? '' : ' It has not converged; the weights are kept.'
      return [`${event.run} is done after ${countOf(steps, 'step')}: loss ${formatMetric(loss)}, f ${formatMetric(f)}.${flag}`]
    }
    case 'ended':
      return [`${event.run} ended: ${say(event.error)}`]
    case 'error':
      return [say(event.error)]
  }
}

/** What another party reported is said in the catalogue's words; its own stand behind them. */
function sentenceOf({ code, details }: TributaryError, language: Language): string {
  const reported = reportedFailure({ code, details }, language)
  if (reported === null) return `${describe(code, details, language).message} (${code})`
  const { by, message, words } = reported
  return `${by}: ${message} (${reported.code})${words === '' ? '' : ` “${words}”`}`
}

function noticeLines(notice: VerticalNoticeToOwner): string[] {
  switch (notice.kind) {
    case 'aligned':
      return [`Aligned: ${countOf(notice.rows, 'common row')}.`]
    case 'column_constant':
      return [`Left out, constant on the common rows: ${notice.columns.join(', ')}.`]
    case 'leverage':
      return [`Row ${notice.row} has leverage ${notice.leverage.toFixed(2)}: more of it shows than of others.`]
    case 'failure':
      return [
        notice.request === undefined
          ? `Why, for your eyes only: ${notice.error.message}`
          : `A prediction does not come: ${notice.error.message}`,
      ]
    case 'step':
      return [`Step ${notice.step}${notice.closing ? ' (closing)' : ''}: f ${formatMetric(notice.f)}`]
    case 'prediction':
      return [`Predicted ${countOf(notice.rows.length, 'row')}.`]
  }
}

/** Of what the key service tells everybody, also what watchers read. */
export function publishedLines(event: Published): string[] {
  switch (event.type) {
    case 'aligned':
      return [`Aligned: ${countOf(event.rows, 'common row')}.`]
    case 'step.opened':
      return event.closing ? [`Step ${event.step}, the closing one, has the key ${event.keyId}`] : []
    case 'opening':
      return []
    case 'step.closed':
      return [`Step ${event.step}: f ${formatMetric(event.f)}, audit head ${event.head.seq} ${event.head.hash.slice(0, 16)}`]
    case 'key.reissued':
      return [`Step ${event.step} begins again under the new key ${event.keyId}.`]
    case 'ended':
      return [
        `${event.converged ? 'Converged' : 'Not converged'} after ${countOf(event.steps, 'step')}: loss ${formatMetric(event.loss)}, f ${formatMetric(event.f)}`,
        `Audit head ${event.head.seq} ${event.head.hash}`,
      ]
  }
}
