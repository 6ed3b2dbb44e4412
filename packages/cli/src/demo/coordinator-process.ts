import { join } from 'node:path'
import { deferred } from '@tributary/client'
import { TributaryError } from '@tributary/protocol'
import { type Child, startChild } from '../children/child.ts'
import { PartyFailure } from './party-failure.ts'

export interface CoordinatorProcess {
  readonly url: string
  readonly adminToken: string
  readonly pid: number
  /** Rejects with PartyFailure when it ends before it is stopped. */
  readonly failed: Promise<never>
  stop(): Promise<void>
}

const PARTY = 'coordinator'

/** Starts `tributary coordinator` as a process of its own; resolves when it listens. */
export async function startCoordinatorProcess(
  folder: string,
  port: number,
  testData: 'mnist' | null = null,
): Promise<CoordinatorProcess> {
  const logFile = join(folder, 'coordinator.log')
  const ready = deferred<{ url: string; adminToken: string }>()
  const child: Child = startChild({
    args: [
      ...['coordinator', '--port', String(port), '--data-dir', join(folder, 'coordinator'), '--json'],
      ...(testData === null ? [] : ['--test-data', testData]),
    ],
    // The demo's records belong into the demo's folder.
    environment: { DATABASE_URL: '' },
    logFile,
    onMessage: (message) => {
      if (message.type === 'coordinatorReady') ready.resolve({ url: message.url, adminToken: message.adminToken ?? '' })
    },
  })
  const failed = child.ended.then(({ code, signal, error }): never => {
    const died = new TributaryError('coordinator_died', { how: signal ?? `exit code ${code}`, log: logFile })
    throw new PartyFailure(PARTY, error === null ? died : TributaryError.fromBody(error))
  })
  failed.catch(() => {})
  const { url, adminToken } = await Promise.race([ready.promise, failed])
  return { url, adminToken, pid: child.pid, failed, stop: async () => void (await child.stop()) }
}
