import { TributaryError } from '@tributary/protocol'
import type { ClientEvent } from './client-event.ts'
import { CoordinatorApi } from './http/coordinator-api.ts'
import { downloadModel } from './http/model-download.ts'
import { claimIdentity } from './identity/claim-identity.ts'
import type { Identity } from './identity/identity.ts'
import type { CoreJoinOptions, Participation } from './participation.ts'
import { decodeModel } from './session/model-check.ts'
import { ParticipantSession } from './session/participant-session.ts'
import { systemClock } from './timing/clock.ts'
import { linkedAbort } from './timing/linked-abort.ts'
import { openWorkshop } from './workshop.ts'

/**
 * Joins by an invite, or comes back with the saved identity, and takes part in rounds until it is ended. A coordinator that
 * cannot be reached is tried for ever (unless `firstContactSeconds` bounds the join itself); onEvent tells of it.
 * @returns once the coordinator has welcomed the participant
 * @throws TributaryError that retrying cannot mend: `config_invalid`, `data_*`, `backend_unavailable`, the codes of joining and
 *   of the handshake; the reason of an aborted signal
 */
export async function joinFederation(options: CoreJoinOptions): Promise<Participation> {
  const { url, token, fetch, clock = systemClock, identity: store, onEvent } = options
  const { controller, unlink } = linkedAbort(options.signal ?? new AbortController().signal)
  const { signal } = controller
  const emit = guarded(onEvent)
  try {
    signal.throwIfAborted()
    const api = new CoordinatorApi({ url, token, fetch, clock })
    // Before the invite is spent: bad data must not cost it.
    const workshop = await openWorkshop(options)
    const identity = token === undefined ? await claim(api) : null
    const peer = identity === null ? api.peer : { ...api.peer, token: identity.token }
    const session = new ParticipantSession({ peer, token: identity?.token ?? token ?? '', workshop, clock, emit })
    signal.addEventListener('abort', () => void session.close(), { once: true })
    session.open()
    if (signal.aborted) await session.close()
    const ended = session.done.catch((error: unknown) => forgetLost(identity, error)).finally(unlink)
    // Its rejection belongs to whoever reads `done`; without a reader it must not end the process.
    ended.catch(() => undefined)
    const participant = await session.welcomed
    // What goes on beside the session ends with it. Not before it was welcomed: the join ends with its own reason.
    const over = () => controller.abort(new DOMException('the participation was closed', 'AbortError'))
    session.done.then(over, over)
    const model = (sha256: string) => downloadModel(peer, { sha256 }, { clock, signal })
    return {
      participant,
      backend: workshop.backend,
      done: ended,
      model,
      async score(config, sha256) {
        if (workshop.score === undefined) return null
        return workshop.score(config, decodeModel(await model(sha256), { model: config }), signal)
      },
      async leave(reason = 'the participant leaves') {
        if (await session.leave(reason)) await forget(identity)
      },
      close: () => session.close(),
    }
  } catch (error) {
    unlink()
    signal.throwIfAborted()
    throw error
  }

  async function claim(api: CoordinatorApi): Promise<Identity> {
    const onRetry = (error: TributaryError, milliseconds: number) =>
      emit({ type: 'connectFailed', error, retryInSeconds: milliseconds / 1000 })
    const { identity, joined } = await claimIdentity(options, api, store, { clock, signal, onRetry })
    const { participant, name, federation } = identity
    if (joined) emit({ type: 'joined', participant, name, federation })
    return identity
  }

  async function forget(identity: Identity | null): Promise<void> {
    if (identity !== null) await store.remove(identity)
  }

  /** The identity of one who has left is worth nothing, and would stand in the way of a new invite. */
  async function forgetLost(identity: Identity | null, error: unknown): Promise<never> {
    if (error instanceof TributaryError && error.code === 'participant_left') await forget(identity)
    throw error
  }
}

/** A fault in the caller's own handler is the caller's: it surfaces as uncaught and leaves the session whole. */
function guarded(onEvent: ((event: ClientEvent) => void) | undefined): (event: ClientEvent) => void {
  return (event) => {
    try {
      onEvent?.(event)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}
