import type { FederationId, RunId } from '@tributary/protocol'
import type { Caller } from '../access/caller.ts'
import type { View } from '../access/view.ts'

/** Those who watch the same run and may know the same: one room for each. */
export interface Audience {
  readonly room: string
  readonly presenceRoom: string
  readonly federation: FederationId
  readonly view: View
}

/** Callers with the same key have the same view of a federation. */
const viewKey = ({ role, own }: Caller): string => (role === 'institution' ? `institution:${own?.id ?? ''}` : role)

/** Which audiences each run has. */
export class Audiences {
  readonly #runs = new Map<RunId, Map<string, Audience>>()

  enter(run: RunId, federation: FederationId, caller: Caller, view: View): Audience {
    const key = viewKey(caller)
    const audience: Audience = { room: `run:${run}:${key}`, presenceRoom: `presence:${federation}:${key}`, federation, view }
    const audiences = this.#runs.get(run) ?? new Map<string, Audience>()
    audiences.set(key, audience)
    this.#runs.set(run, audiences)
    return audience
  }

  of(run: RunId): Iterable<Audience> {
    return this.#runs.get(run)?.values() ?? []
  }

  /** One audience for each presence room. */
  forPresence(): Audience[] {
    const rooms = new Map<string, Audience>()
    for (const audiences of this.#runs.values())
      for (const audience of audiences.values()) rooms.set(audience.presenceRoom, audience)
    return [...rooms.values()]
  }

  /** Forgets audiences whose room is empty. @returns whether the run has any left */
  prune(run: RunId, isEmpty: (room: string) => boolean): boolean {
    const audiences = this.#runs.get(run)
    for (const [key, { room }] of audiences ?? []) if (isEmpty(room)) audiences?.delete(key)
    if ((audiences?.size ?? 0) > 0) return true
    this.#runs.delete(run)
    return false
  }
}
