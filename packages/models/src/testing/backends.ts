import { describe, it } from 'vitest'
import { type BackendName, selectBackend } from '../backend/select-backend.ts'

const required = (process.env.TRIBUTARY_REQUIRE_BACKENDS ?? '').split(',')

/** Takes a backend without the warning that the slow one comes with. */
export const useBackend = (backend: BackendName): Promise<unknown> =>
  selectBackend({ force: backend, onWarning: () => undefined })

/**
 * The same tests on each backend. One that this machine lacks is skipped with its reason in the name, or fails where
 * TRIBUTARY_REQUIRE_BACKENDS (a list with commas) names it.
 */
export async function describeOn(
  backends: readonly BackendName[],
  title: string,
  tests: (use: () => Promise<unknown>, backend: BackendName) => void,
): Promise<void> {
  for (const backend of backends) {
    let reason: string | null = null
    await useBackend(backend).catch((error: Error) => {
      reason = error.message
    })
    if (reason === null) describe(`${title} (${backend})`, () => tests(() => useBackend(backend), backend))
    else if (required.includes(backend))
      it(`${title} (${backend})`, () => {
        throw new Error(`the backend ${backend} is required here: ${reason}`)
      })
    else describe.skip(`${title} (${backend}: ${reason})`, () => tests(() => Promise.resolve(), backend))
  }
}
