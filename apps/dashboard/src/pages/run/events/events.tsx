import { eventPageSchema, type LoggedEvent, routes } from '@tributary/protocol'
import { Link } from 'react-router'
import { call } from '../../../api/call.ts'
import { useAddress } from '../../../app/address.ts'
import { useRecentEvents } from '../../../live/use-recent-events.ts'
import { roundLines } from '../../../live-store/index.ts'
import { useSignedIn } from '../../../session/session-context.tsx'
import { useAttempt } from '../../../widgets/attempt.ts'
import { Choice } from '../../../widgets/look.tsx'
import { Problem } from '../../../widgets/problem.tsx'
import { saveText } from '../../../widgets/save-file.ts'
import { When } from '../../../widgets/when.tsx'
import { useWords } from '../../../words/words.ts'
import type { RunParts } from '../run-page.tsx'
import { eventWords, isMinor, isTrouble, roundOf } from './event-words.ts'
import styles from './events.module.css'

const MOST_SHOWN = 300
const PAGE = 5_000
const kinds = ['main', 'all', 'trouble', 'action'] as const

const filters: Record<(typeof kinds)[number], (event: LoggedEvent) => boolean> = {
  main: (event) => !isMinor(event),
  all: () => true,
  trouble: isTrouble,
  action: ({ event }) => event.type === 'action',
}

/** The run's log, newest first; minor steps folded away until they are asked for. */
export default function Events({ state, view, store }: RunParts) {
  const spoken = useWords()
  const { w } = spoken
  useRecentEvents(store, view)
  const { caller } = useSignedIn()
  const [search, set] = useAddress()
  const { error, isBusy, run } = useAttempt()
  const kind = kinds.find((one) => one === search.get('events')) ?? 'main'
  const round = Number(search.get('round') ?? 0)
  const fits = (event: LoggedEvent) => filters[kind](event) && (round === 0 || roundOf(event) === round)
  const shown = view.events.filter(fits).reverse().slice(0, MOST_SHOWN)
  const first = view.events[0]?.seq ?? state.run.headSeq + 1
  const { id } = state.run
  const numbers = roundLines(state).map((line) => line.round)
  const download = () =>
    run(async () => {
      const lines: string[] = []
      for (let after = 0, head = 1; after < head; ) {
        const page = await call(caller, eventPageSchema, { path: routes.runEvents(id), query: { after, limit: PAGE } })
        for (const event of page.events) lines.push(JSON.stringify(event))
        head = page.headSeq
        after = page.events.at(-1)?.seq ?? head
      }
      saveText(`${id}.ndjson`, 'application/x-ndjson', `${lines.join('\n')}\n`)
    })
  return (
    <div className="stack" data-first-seq={first} data-last-seq={view.events.at(-1)?.seq ?? first - 1}>
      <div className="row">
        <Choice
          label={w('events.show')}
          value={kind}
          options={kinds.map((one) => [one, w(`events.${one}`)] as const)}
          onChange={(one) => set({ events: one })}
        />
        <Choice
          label={w('run.round')}
          value={String(round)}
          options={[['0', w('runs.all')] as const, ...numbers.map((one) => [String(one), String(one)] as const)]}
          onChange={(one) => set({ round: one })}
        />
        <button type="button" className="button" disabled={isBusy} onClick={() => void download()}>
          {w('events.download')}
        </button>
        {first > 1 ? (
          <button type="button" className="button" disabled={isBusy} onClick={() => void run(() => store.loadOlder())}>
            {w('events.older', { count: first - 1 })}
          </button>
        ) : null}
      </div>
      {error === null ? null : <Problem error={error} />}
      {shown.length === 0 ? <p>{w('events.none')}</p> : null}
      <ol className={styles.list} reversed>
        {shown.map((event) => {
          const at = roundOf(event)
          return (
            <li key={event.seq} value={event.seq} className={styles.event} data-seq={event.seq} data-trouble={isTrouble(event)}>
              <span className={styles.when}>
                <When at={event.at} />
              </span>{' '}
              {eventWords(event, spoken)}{' '}
              {at === null ? null : <Link to={`?tab=rounds&round=${at}`}>{w('events.round', { round: at })}</Link>}
            </li>
          )
        })}
      </ol>
    </div>
  )
}
