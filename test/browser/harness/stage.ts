import { randomBytes } from 'node:crypto'
import { routes, type VerticalRun } from '@tributary/protocol'
import type { Socket } from 'socket.io-client'
import { type Institution, World } from '../../harness/institutions.ts'
import { connectReady, joinRaw, type RawInstitution } from '../../harness/raw-institution.ts'
import { softmaxRun } from '../../harness/small-federation.ts'

/** A coordinator with something of everything to look at. */
export interface Stage {
  readonly world: World
  readonly url: string
  readonly token: string
  readonly federation: string
  readonly completed: string
  /** Ended in its first round: one participant never answered. */
  readonly failed: string
  /** In its first round for as long as `alder` is held. */
  readonly live: string
  /** Ended by a party. */
  readonly vertical: string
  readonly alder: Institution
  readonly birch: Institution
  close(): Promise<void>
}

export async function openStage(): Promise<Stage> {
  const world = await World.open()
  const { url } = world.coordinator
  const token = world.coordinator.adminToken as string
  const federation = await world.federation('hospitals')
  const alder = await world.join(federation, 'alder', 1, 40)
  const birch = await world.join(federation, 'birch', 2, 60)
  const completed = await world.run(federation, softmaxRun(4, 2))
  await world.reached(completed, 'completed')
  const silent = await joinRaw(world.admin, url, federation, 'cedar')
  const line: Socket = await connectReady(url, silent)
  const failed = await world.run(federation, softmaxRun(2, 3, { deadlineSeconds: 1, patienceSeconds: 0 }))
  await world.reached(failed, 'failed')
  line.close()
  const vertical = await abortedVerticalRun(world, 'key_quota', 'the quota of alder is used up')
  alder.tell({ do: 'hold', trainings: 1 })
  const live = await world.run(federation, softmaxRun(3, 2, { deadlineSeconds: 3_600 }))
  await alder.next('holding')
  await world.admin.createInvite(federation, { name: 'elm' })
  const close = () => world.close()
  return { world, url, token, federation, completed, failed, live, vertical: vertical.id, alder, birch, close }
}

export interface Proposed {
  readonly run: VerticalRun
  readonly parties: Readonly<Record<'alder' | 'birch' | 'cedar', RawInstitution>>
  /** Another one of the same parties. */
  another(): Promise<VerticalRun>
  abort(code: string, reason: string, by?: keyof Proposed['parties']): Promise<VerticalRun>
}

/** A vertical run that one of its parties ended with this code; nothing in it was encrypted. */
export const abortedVerticalRun = async (world: World, ...how: Parameters<Proposed['abort']>): Promise<VerticalRun> =>
  (await proposedVerticalRun(world)).abort(...how)

/** A vertical run that waits for its parties, which say nothing by themselves; each can end it, the key service if none is named. */
export async function proposedVerticalRun(world: World): Promise<Proposed> {
  const { url } = world.coordinator
  const federation = await world.federation(`vertical-${randomBytes(3).toString('hex')}`)
  const call = async (token: string | null, method: string, path: string, body: unknown): Promise<unknown> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(url + path, { method, headers, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`)
    return answer.json()
  }
  const key = () => randomBytes(32).toString('base64url')
  const roles = { alder: 'feature', birch: 'label', cedar: 'key-service' } as const
  const parties = {
    alder: await joinRaw(world.admin, url, federation, 'alder'),
    birch: await joinRaw(world.admin, url, federation, 'birch'),
    cedar: await joinRaw(world.admin, url, federation, 'cedar'),
  }
  for (const party of Object.values(parties)) {
    const role = roles[party.name as keyof typeof roles]
    const counts = role === 'key-service' ? { rows: null, features: null } : { rows: 100, features: 3 }
    await call(party.token, 'PUT', routes.party(federation), { role, keys: { signing: key(), sealing: key() }, ...counts })
  }
  const another = async () =>
    (await call(world.admin.token, 'POST', routes.federationVerticalRuns(federation), { settings: {} })) as VerticalRun
  const run = await another()
  const abort: Proposed['abort'] = async (code, reason, by = 'cedar') =>
    (await call(parties[by].token, 'POST', routes.verticalAbort(run.id), { code, reason })) as VerticalRun
  return { run, parties, another, abort }
}
