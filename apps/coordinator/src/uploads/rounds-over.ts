import type { LoggedEvent } from '@tributary/protocol'
import type { EventFeed } from '../rounds/event-feed.ts'
import type { UpdateUpload } from './update-upload.ts'

/** Drops what was begun for a round and never ended, once the round has closed or its run has ended. */
export function dropWhenOver(
  feed: Pick<EventFeed, 'subscribe'>,
  upload: Pick<UpdateUpload, 'roundOver'>,
  onError: (error: unknown) => void,
): () => void {
  return feed.subscribe(({ run, events }) => {
    for (const round of events.flatMap(({ event }) => overBy(event))) upload.roundOver(run, round).catch(onError)
  })
}

/** The round that is over by an event; null stands for all of its run. */
function overBy(event: LoggedEvent['event']): (number | null)[] {
  if (event.type === 'round.closed') return [event.data.round]
  if (event.type !== 'run.state') return []
  const { to } = event.data
  return to === 'completed' || to === 'failed' || to === 'cancelled' ? [null] : []
}
