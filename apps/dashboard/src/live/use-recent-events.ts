import { useEffect } from 'react'
import type { LiveView, RunStore, Sequenced } from '../live-store/index.ts'

/** Brings the events before each snapshot, up to a page of them, to a view that tells of what has happened. */
export function useRecentEvents<State, Event extends Sequenced>(
  store: RunStore<State, Event>,
  view: LiveView<State, Event>,
): void {
  const { snapshotSeq } = view
  useEffect(() => {
    // Without them the view shows what is new; the button for older ones says when that fails too.
    if (snapshotSeq !== null) store.loadOlder().catch(() => {})
  }, [store, snapshotSeq])
}
