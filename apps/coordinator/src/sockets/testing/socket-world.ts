import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FederationId, type Joined, PROTOCOL_VERSION, routes } from '@tributary/protocol'
import { io, type Socket } from 'socket.io-client'
import type { CoordinatorLimits } from '../../access/limits.ts'
import { type CoordinatorParts, type RunningCoordinator, startCoordinator } from '../../server.ts'
import type { Store } from '../../storage/store.ts'

/** A coordinator that listens, and sockets to it. */
export interface SocketWorld {
  readonly hub: RunningCoordinator
  readonly store: Store
  readonly federation: FederationId
  /** As the admin. @throws Error with the answer when it is a refusal */
  get<Body>(path: string): Promise<Body>
  post<Body>(path: string, body: unknown): Promise<Body>
  /** Lets an institution join. */
  joined(name: string): Promise<Joined>
  /** @returns its token alone */
  member(name: string): Promise<string>
  /** @throws what the coordinator refuses the connection with */
  connect(namespace: string, token: string | null): Promise<Socket>
  disconnectAll(): void
  close(): Promise<void>
}

export async function socketWorld(limits: Partial<CoordinatorLimits> = {}, parts: CoordinatorParts = {}): Promise<SocketWorld> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tributary-sockets-'))
  let store: Store | null = null
  const keep = (real: Store): Store => {
    store = real
    return parts.store?.(real) ?? real
  }
  const options = { host: '127.0.0.1', port: 0, dataDir, logLevel: 'silent', limits } as const
  const hub = await startCoordinator(options, { ...parts, store: keep })
  if (store === null) throw new Error('the coordinator has no store')
  const sockets: Socket[] = []

  async function call<Body>(path: string, more: RequestInit = {}): Promise<Body> {
    const headers = { authorization: `Bearer ${hub.adminToken}`, 'content-type': 'application/json' }
    const answer = await fetch(hub.url + path, { ...more, headers })
    if (!answer.ok) throw new Error(await answer.text())
    return (await answer.json()) as Body
  }
  const post = <Body>(path: string, body: unknown): Promise<Body> => call(path, { method: 'POST', body: JSON.stringify(body) })
  const { id: federation } = await post<{ id: FederationId }>(routes.federations, { name: 'ours' })

  async function joined(name: string): Promise<Joined> {
    const { code } = await post<{ code: string }>(routes.invites(federation), { role: 'institution' })
    return post(routes.join, { protocol: PROTOCOL_VERSION, code, name })
  }

  function disconnectAll(): void {
    for (const socket of sockets.splice(0)) socket.disconnect()
  }

  return {
    hub,
    store,
    federation,
    get: (path) => call(path),
    post,
    joined,
    member: async (name) => (await joined(name)).token,
    async connect(namespace, token) {
      const auth = { protocol: PROTOCOL_VERSION, token }
      const socket = io(hub.url + namespace, { auth, transports: ['websocket'], forceNew: true, reconnection: false })
      sockets.push(socket)
      await new Promise((resolve, reject) => {
        socket.once('connect', () => resolve(undefined))
        socket.once('connect_error', reject)
      })
      return socket
    },
    disconnectAll,
    async close() {
      disconnectAll()
      await hub.close()
      rmSync(dataDir, { recursive: true })
    },
  }
}
