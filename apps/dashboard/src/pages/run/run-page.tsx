import { type LoggedEvent, type RunId, runIdSchema } from '@tributary/protocol'
import { type ReactNode, Suspense } from 'react'
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import { useParams } from 'react-router'
import { useAddress } from '../../app/address.ts'
import { useTitle } from '../../app/title.ts'
import { type HorizontalStore, useHorizontalRun } from '../../live/use-horizontal-run.ts'
import type { HorizontalRun, LiveView } from '../../live-store/index.ts'
import { Boundary } from '../../widgets/boundary.tsx'
import { lazyPart } from '../../widgets/lazy-part.ts'
import { Opening } from '../../widgets/opening.tsx'
import { Loading } from '../../widgets/waiting.tsx'
import { useWords } from '../../words/words.ts'
import NotFound from '../not-found.tsx'
import { Curves } from './curves.tsx'
import { RunHead } from './run-head.tsx'
import { useRunNews } from './run-news.ts'
import styles from './run-page.module.css'

export interface RunParts {
  readonly state: HorizontalRun
  readonly view: LiveView<HorizontalRun, LoggedEvent>
  readonly store: HorizontalStore
}

/** What is shown first is here; the others come when they are asked for. */
const Rounds = lazyPart(() => import('./rounds/rounds.tsx'))
const Participants = lazyPart(() => import('./participants.tsx'))
const Privacy = lazyPart(() => import('./privacy/privacy.tsx'))
const Events = lazyPart(() => import('./events/events.tsx'))
const Actions = lazyPart(() => import('./actions/actions.tsx'))

const tabs = {
  curves: Curves,
  rounds: Rounds,
  participants: Participants,
  privacy: Privacy,
  events: Events,
  actions: Actions,
} as const
const tabNames = Object.keys(tabs) as (keyof typeof tabs)[]

/** A run, live: what stands in its head, and its tabs by `?tab=`. */
export default function RunPage() {
  const id = runIdSchema.safeParse(useParams().id)
  return id.success ? <OneRun key={id.data} id={id.data} /> : <NotFound />
}

function OneRun({ id }: { id: RunId }) {
  const { w } = useWords()
  const { view, store } = useHorizontalRun(id)
  const [search, set] = useAddress()
  const { state } = view
  useTitle(state?.run.name ?? w('run.title'))
  useRunNews(view)
  if (state === null) return <Opening title={w('run.title')} error={view.error} />
  const tab = tabNames.find((name) => name === search.get('tab')) ?? 'curves'
  const parts: RunParts = { state, view, store }
  const body = (name: keyof typeof tabs): ReactNode => {
    const Body = tabs[name]
    return <Body {...parts} />
  }
  return (
    <div className="stack">
      <RunHead {...parts} />
      <Tabs selectedKey={tab} onSelectionChange={(key) => set({ tab: String(key) })}>
        <TabList aria-label={w('run.tabs')} className={styles.tabs ?? ''}>
          {tabNames.map((name) => (
            <Tab key={name} id={name} className={styles.tab ?? ''}>
              {w(`run.tab.${name}`)}
            </Tab>
          ))}
        </TabList>
        {tabNames.map((name) => (
          <TabPanel key={name} id={name} className={styles.panel ?? ''}>
            <div className={view.isStale ? 'stale' : undefined}>
              <Boundary at={name} around="part">
                <Suspense fallback={<Loading />}>{body(name)}</Suspense>
              </Boundary>
            </div>
          </TabPanel>
        ))}
      </Tabs>
    </div>
  )
}
