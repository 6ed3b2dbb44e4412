import { useEffect } from 'react'
import type { LiveView, RunStore, Sequenced } from '../live-store/index.ts'

/** The snapshot before which no events are here yet, by its seq; null where there are some, or no snapshot. */
export function bareSnapshot({
  snapshotSeq,
  events,
}: Pick<LiveView<unknown, Sequenced>, 'snapshotSeq' | 'events'>): number | null {
  const [first] = events
  return snapshotSeq !== null && (first === undefined || first.seq > snapshotSeq) ? snapshotSeq : null
}

/** Brings the events before each snapshot, up to a page of them, to a view that tells of what has happened. */
export function useRecentEvents<State, Event extends Sequenced>(
  store: RunStore<State, Event>,
  view: LiveView<State, Event>,
): void {
  const bare = bareSnapshot(view)
  useEffect(() => {
    // Without them the view shows what is new; the button for older ones says when that fails too.
    if (bare !== null) store.loadOlder().catch(() => {})
  }, [store, bare])
}
