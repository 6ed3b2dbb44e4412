import type { ClientEvent } from '@tributary/client'
import { describe, type Language, type TributaryError } from '@tributary/protocol'
import { formatBytes, formatMetric, formatSeconds } from '../output/units.ts'

/** What an institution's operator reads of an event; null for what the progress bar shows. */
export function eventLine(event: ClientEvent, language: Language): string | null {
  const say = ({ code, details }: TributaryError) => describe(code, details, language).message
  switch (event.type) {
    case 'joined':
      return `Joined as ${event.name}; the identity is saved.`
    case 'connected':
      return `Connected as ${event.name}; waiting for rounds.`
    case 'disconnected':
      return `Disconnected (${event.reason}); trying again in ${formatSeconds(event.retryInSeconds)}.`
    case 'connectFailed':
      return `${say(event.error)} Trying again in ${formatSeconds(event.retryInSeconds)}.`
    case 'task':
      return `Round ${event.task.round} of ${event.task.rounds}: ${event.task.model.name}.`
    case 'progress':
      return null
    case 'retry':
      return `Round ${event.round}: ${say(event.error)} Trying again in ${formatSeconds(event.retryInSeconds)}.`
    case 'uploaded':
      return `Round ${event.round}: sent ${formatBytes(event.bytes)}, loss ${formatMetric(event.loss)}, trained in ${formatSeconds(event.seconds)}.`
    case 'refused':
      return `Round ${event.round}: the update was refused. ${say(event.error)}`
    case 'trainingFailed':
      return `Round ${event.round}: sat out. ${say(event.error)}`
    case 'withdrawn':
      return `Round ${event.round}: not needed any more. ${say(event.error)}`
    case 'roundClosed':
      return `Round ${event.round} closed; this update ${event.counted ? 'counted' : 'did not count'}.`
    case 'runEnded':
      return event.error === null ? `The run is ${event.phase}.` : `The run is ${event.phase}: ${event.error.message}`
    case 'left':
      return `Left the federation: ${event.reason}`
    case 'error':
      return say(event.error)
  }
}
