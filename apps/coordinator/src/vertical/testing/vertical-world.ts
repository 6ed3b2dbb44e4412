import { type FederationId, routes, type VerticalRun } from '@tributary/protocol'
import { type HttpWorld, httpWorld } from '../../testing/http-world.ts'
import { FakeParty, manifestOf, type PartyCall } from './fake-parties.ts'

/** Alder has features, birch the label, cedar the keys. */
export interface VerticalWorld {
  http: HttpWorld
  federation: FederationId
  alder: FakeParty
  birch: FakeParty
  cedar: FakeParty
  parties: readonly FakeParty[]
  /** A run that waits for its manifest. */
  proposed(change?: object): Promise<VerticalRun>
  /** A run that all have signed, with its manifest's hash. */
  running(change?: object): Promise<{ run: string; manifest: string }>
  runOf(run: string): Promise<VerticalRun>
  events(run: string): Promise<{ seq: number; event: { type: string; data: Record<string, unknown> } }[]>
  act(run: string, action: string, key?: string, reason?: string): Promise<{ status: number; json: () => unknown }>
  close(): Promise<void>
}

export async function verticalWorld(options: Parameters<typeof httpWorld>[0] = {}): Promise<VerticalWorld> {
  const http = await httpWorld(options)
  const federation = await http.federation('hospitals')
  const call: PartyCall = async (url, request) => {
    const answer = await http.call(url, request)
    return { status: answer.statusCode, json: () => answer.json() as unknown, bytes: answer.rawPayload }
  }
  const party = async (name: string, role: FakeParty['role']) =>
    new FakeParty(name, role, await http.member(federation, 'institution', name), call)
  const [alder, birch, cedar] = [
    await party('alder', 'feature'),
    await party('birch', 'label'),
    await party('cedar', 'key-service'),
  ]
  const parties = [alder, birch, cedar]
  for (const one of parties) await one.register(federation)

  const admin = async (url: string, method: 'GET' | 'POST', body?: unknown) =>
    http.call(url, { method, token: http.admin, ...(body === undefined ? {} : { body }) })
  const proposed: VerticalWorld['proposed'] = async (change = {}) =>
    (await admin(routes.federationVerticalRuns(federation), 'POST', { settings: {}, ...change })).json<VerticalRun>()
  let keys = 0
  return {
    http,
    federation,
    alder,
    birch,
    cedar,
    parties,
    proposed,
    running: async (change) => {
      const run = await proposed(change)
      await birch.putManifest(run.id, manifestOf(run, parties))
      const manifest = (await admin(routes.verticalRun(run.id), 'GET')).json<VerticalRun>().manifestSha256 ?? ''
      await alder.approve(run.id, manifest)
      await cedar.approve(run.id, manifest)
      return { run: run.id, manifest }
    },
    runOf: async (run) => (await admin(routes.verticalRun(run), 'GET')).json<VerticalRun>(),
    events: async (run) =>
      (await admin(routes.verticalEvents(run), 'GET')).json<{ events: Awaited<ReturnType<VerticalWorld['events']>> }>().events,
    act: async (run, action, key, reason = 'because') => {
      keys += 1
      const body = { action, reason, idempotencyKey: key ?? `test-key-${keys}` }
      const answer = await admin(routes.verticalActions(run), 'POST', body)
      return { status: answer.statusCode, json: () => answer.json() as unknown }
    },
    close: () => http.close(),
  }
}
