import { CoordinatorApi } from '@tributary/client'
import { type RunningCoordinator, type Store, startCoordinator } from '@tributary/coordinator'
import type { FederationId } from '@tributary/protocol'
import { temporaryFolder } from '../../harness/small-federation.ts'

/** A coordinator in this process, with its store at hand. */
export interface StoreWorld {
  readonly coordinator: RunningCoordinator
  readonly url: string
  readonly token: string
  readonly admin: CoordinatorApi
  readonly store: Store
  readonly federation: FederationId
  close(): Promise<void>
}

export async function openStoreWorld(): Promise<StoreWorld> {
  const folder = await temporaryFolder()
  let store: Store | null = null
  const keep = (real: Store): Store => {
    store = real
    return real
  }
  const options = { host: '127.0.0.1', port: 0, dataDir: `${folder.path}/coordinator`, logLevel: 'error' } as const
  const coordinator = await startCoordinator(options, { store: keep })
  if (store === null) throw new Error('the coordinator has no store')
  const { url } = coordinator
  const token = coordinator.adminToken as string
  const admin = new CoordinatorApi({ url, token })
  const { id: federation } = await admin.createFederation('hospitals')
  const close = async () => {
    await coordinator.close()
    await folder.remove()
  }
  return { coordinator, url, token, admin, store, federation, close }
}
