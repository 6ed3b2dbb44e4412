import type { RunId } from '@tributary/protocol'
import { useEffect, useState, useSyncExternalStore } from 'react'
import type { Caller } from '../api/call.ts'
import type { LiveView, RunStore, Sequenced } from '../live-store/index.ts'
import type { Credential } from '../session/credential.ts'
import { useSignedIn } from '../session/session-context.tsx'

type Open<State, Event extends Sequenced> = (caller: Caller, run: RunId, credential: Credential) => RunStore<State, Event>

export interface Live<State, Event extends Sequenced> {
  readonly view: LiveView<State, Event>
  readonly store: RunStore<State, Event>
}

/** One store for as long as the page shows this run to the same caller, in whatever language. `open` must not change. */
export function useLiveStore<State, Event extends Sequenced>(run: RunId, open: Open<State, Event>): Live<State, Event> {
  const { caller, session } = useSignedIn()
  const { credential } = session
  const [kept, setKept] = useState(() => ({ run, credential, store: open(caller, run, credential) }))
  if (kept.run !== run || kept.credential !== credential) setKept({ run, credential, store: open(caller, run, credential) })
  const { store } = kept
  useEffect(() => {
    store.open()
    return () => store.close()
  }, [store])
  const view = useSyncExternalStore(store.subscribe, store.view)
  return { view, store }
}
