import { formatSeconds } from '../format/times.ts'
import type { LiveView } from '../live-store/index.ts'
import { useWords } from '../words/words.ts'
import { useNow } from './now.ts'

/** Says whether the page is live, and when it is not, how old it is and what is being done about it. */
export function ConnectionMark({ view, isOver }: { view: LiveView<unknown, unknown>; isOver: boolean }) {
  const { w, language } = useWords()
  const now = useNow(1_000, view.connection !== 'live' || view.isStale)
  const { connection, heardAt, isStale, retryAt, error } = view
  const age = heardAt === null ? null : formatSeconds((now - heardAt) / 1000, language)
  if (isStale && age !== null)
    return (
      <span className="notice" data-kind="warn" data-connection="stale">
        {w('connection.stale', { age })}
      </span>
    )
  switch (connection) {
    case 'live':
      return <span data-connection="live">● {isOver ? w('connection.over') : w('connection.live')}</span>
    case 'connecting':
      return <span data-connection="connecting">{w('connection.connecting')}</span>
    case 'refused':
      return <span data-connection="refused">{w('connection.refused', { code: error?.code ?? '?' })}</span>
    case 'reconnecting':
    case 'polling': {
      const seconds = Math.max(0, Math.ceil(((retryAt ?? now) - now) / 1000))
      const id = connection === 'polling' && error === null ? 'connection.polling' : 'connection.lost'
      return <span data-connection={connection}>{w(id, { seconds })}</span>
    }
  }
}
