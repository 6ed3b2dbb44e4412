import type { LoggedEvent } from '@tributary/protocol'
import { formatBytes, formatCount, formatNumber, formatShare, NONE } from '../../format/numbers.ts'
import { formatSeconds } from '../../format/times.ts'
import { useRecentEvents } from '../../live/use-recent-events.ts'
import { Listing } from '../../widgets/listing.tsx'
import { errorWords } from '../../widgets/problem.tsx'
import { useWords } from '../../words/words.ts'
import type { RunParts } from './run-page.tsx'

/** What each participant does in the round that is open, or did in the last one, and why an update of it was refused. */
export default function Participants({ state, view, store }: RunParts) {
  const { w, language } = useWords()
  useRecentEvents(store, view)
  const round = state.rounds.at(-1)
  if (round === undefined) return <p>{w('rounds.empty')}</p>
  const rejects = rejectsOf(view.events, round.round)
  const inOrder = [...round.participants].sort((a, b) => a.name.localeCompare(b.name))
  return (
    <>
      <h2>{w('run.participants-in', { round: round.round })}</h2>
      <Listing
        label={w('members.title')}
        columns={[
          w('members.name'),
          w('members.state'),
          w('part.progress'),
          { number: w('members.samples') },
          { number: w('metric.loss') },
          { number: w('metric.seconds') },
          { number: w('members.sent') },
          w('part.rejects'),
        ]}
      >
        {inOrder.map((part) => {
          const live = view.progress.get(part.name)
          const isNow = live !== undefined && live.round === round.round && part.uploadedAt === null
          return (
            <tr key={part.name}>
              <th scope="row">{part.name}</th>
              <td>{isNow ? w(`progress.${live.phase}`) : w(`part.${part.state}`)}</td>
              <td>
                {isNow ? (
                  <>
                    <progress max={1} value={live.fraction} aria-label={part.name} /> {formatShare(live.fraction, language)}
                  </>
                ) : (
                  NONE
                )}
              </td>
              <td data-kind="number">{formatCount(part.samples, language)}</td>
              <td data-kind="number">{formatNumber(isNow ? live.loss : part.loss, language)}</td>
              <td data-kind="number">{formatSeconds(part.trainSeconds, language)}</td>
              <td data-kind="number">{formatBytes(part.bytes, language)}</td>
              <td>
                {(rejects.get(part.name) ?? []).map((error) => errorWords(error, language)).join(' ') ||
                  (part.rejects > 0 ? String(part.rejects) : NONE)}
              </td>
            </tr>
          )
        })}
      </Listing>
    </>
  )
}

type Rejection = Extract<LoggedEvent['event'], { type: 'update.rejected' | 'participant.failed' }>['data']['error']

function rejectsOf(events: readonly LoggedEvent[], round: number): Map<string, Rejection[]> {
  const found = new Map<string, Rejection[]>()
  for (const { event } of events) {
    if (event.type !== 'update.rejected' && event.type !== 'participant.failed') continue
    if (event.data.round !== round) continue
    found.set(event.data.name, [...(found.get(event.data.name) ?? []), event.data.error])
  }
  return found
}
