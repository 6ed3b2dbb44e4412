import { join } from 'node:path'
import { CoordinatorApi } from '@tributary/client'
import { type RunningCoordinator, startCoordinator } from '@tributary/coordinator'
import { temporaryFolder } from './small-federation.ts'

export interface Hub {
  readonly coordinator: RunningCoordinator
  readonly admin: CoordinatorApi
  /** What is written here goes with it. */
  readonly folder: string
  close(): Promise<void>
}

/** A coordinator in this process, in a folder of its own. */
export async function openHub(options: Partial<Parameters<typeof startCoordinator>[0]> = {}): Promise<Hub> {
  const folder = await temporaryFolder()
  const dataDir = join(folder.path, 'hub')
  const coordinator = await startCoordinator({ host: '127.0.0.1', port: 0, dataDir, logLevel: 'fatal', ...options })
  return {
    coordinator,
    admin: new CoordinatorApi({ url: coordinator.url, token: coordinator.adminToken }),
    folder: folder.path,
    close: async () => {
      await coordinator.close()
      await folder.remove()
    },
  }
}
