import { type Clock, retrying } from '@tributary/client'
import type { TributaryError } from '@tributary/protocol'
import type { HubLink } from './hub-link.ts'

export interface PersistenceOptions {
  readonly clock: Clock
  /** Ends all calls. */
  readonly signal: AbortSignal
  readonly onRetry?: ((error: TributaryError, milliseconds: number) => void) | undefined
}

/** A link whose calls are repeated, with growing pauses, until the hub answers or refuses for good. */
export function persistentHub(hub: HubLink, options: PersistenceOptions): HubLink {
  const repeat = <T>(call: () => Promise<T>): Promise<T> => retrying(call, options)
  return {
    name: hub.name,
    register: (place) => repeat(() => hub.register(place)),
    parties: () => repeat(() => hub.parties()),
    runs: () => repeat(() => hub.runs()),
    run: (run) => repeat(() => hub.run(run)),
    putManifest: (run, manifest) => repeat(() => hub.putManifest(run, manifest)),
    approve: (run, decision) => repeat(() => hub.approve(run, decision)),
    abort: (run, failure) => repeat(() => hub.abort(run, failure)),
    publish: (run, published) => repeat(() => hub.publish(run, published)),
    send: (run, envelope) => repeat(() => hub.send(run, envelope)),
    inbox: (run, after) => repeat(() => hub.inbox(run, after)),
    fetch: (run, sha256) => repeat(() => hub.fetch(run, sha256)),
    onNotice: (listener) => hub.onNotice(listener),
    close: () => hub.close(),
  }
}
