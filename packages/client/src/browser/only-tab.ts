import { TributaryError } from '@tributary/protocol'
import { deferred } from '../timing/deferred.ts'

/** A reloaded page may come before the one that it replaces is quite gone. */
const PATIENCE_MS = 2_000

const lockName = (url: string, name: string) => `tributary ${url} ${name}`

/**
 * Takes the browser's lock of one participant; the browser lets go of it when its holder ends, however that happens.
 * @returns lets go of it
 * @throws TributaryError `participant_in_other_tab` when another tab or window of this browser holds it
 */
export async function holdAlone(url: string, name: string, signal: AbortSignal): Promise<() => void> {
  const until = deferred<void>()
  const granted = deferred<void>()
  const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])
  navigator.locks
    .request(lockName(url, name), { signal: patience }, () => {
      granted.resolve()
      return until.promise
    })
    .catch((error: unknown) => granted.reject(error))
  try {
    await granted.promise
  } catch (cause) {
    signal.throwIfAborted()
    throw new TributaryError('participant_in_other_tab', { name }, { cause })
  }
  return () => until.resolve()
}

/** Whether a tab of this browser takes part under this name now. */
export async function isHeld(url: string, name: string): Promise<boolean> {
  const { held = [] } = await navigator.locks.query()
  return held.some((lock) => lock.name === lockName(url, name))
}
