import type { HubLink } from '../hub/hub-link.ts'
import type { RunStore } from '../store/run-store.ts'
import type { PostOffice } from './post-office.ts'

/** The other parties' copies go first, but they do not hold up the hub's own. */
const LAST_MAIL_MS = 5_000
const REASON_LENGTH = 2_000

/** Tells the hub why the run is over, once the last mail is away; the store remembers until the hub has heard it. */
export async function announceEnd(store: RunStore, hub: HubLink, post: PostOffice | null): Promise<void> {
  const ended = store.ended()
  if (ended === null || ended.announced) return
  if (post !== null) await Promise.race([post.idle(), new Promise((resolve) => setTimeout(resolve, LAST_MAIL_MS).unref())])
  try {
    await hub.abort(store.run, {
      code: ended.error.code,
      reason: ended.error.message.slice(0, REASON_LENGTH) || ended.error.code,
    })
    store.markAnnounced()
  } catch {
    // Closed meanwhile, or refused: the run is over at the hub as well. The next start tries once more.
  }
}
