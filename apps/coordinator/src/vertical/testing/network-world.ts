import { PROTOCOL_VERSION, type Role, routes, type VerticalRun } from '@tributary/protocol'
import { FakeParty, manifestOf, type PartyCall } from './fake-parties.ts'

/** Parties and an admin that speak to a hub over a network; the hub may move to another address in between. */
export interface NetworkWorld {
  hub: { url: string }
  federation: string
  alder: FakeParty
  birch: FakeParty
  cedar: FakeParty
  admin<Body>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Body>
  member(role: Role, name: string): Promise<string>
  running(): Promise<{ run: string; manifest: string }>
}

export async function networkWorld(url: string, adminToken: string): Promise<NetworkWorld> {
  const hub = { url }
  const call: PartyCall = async (path, { method, token, body, headers = {} }) => {
    const binary = body instanceof Uint8Array
    const answer = await fetch(hub.url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && !binary ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: binary ? new Uint8Array(body) : JSON.stringify(body) }),
    })
    const bytes = Buffer.from(await answer.arrayBuffer())
    return { status: answer.status, json: () => JSON.parse(bytes.toString()) as unknown, bytes }
  }
  const admin = async <Body>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Body> => {
    const answer = await call(path, { method, token: adminToken, ...(body === undefined ? {} : { body }) })
    if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.bytes.toString()}`)
    return answer.json() as Body
  }
  const { id: federation } = await admin<{ id: string }>('POST', routes.federations, { name: 'hospitals' })
  const member = async (role: Role, name: string): Promise<string> => {
    const { code } = await admin<{ code: string }>('POST', routes.invites(federation), { role, name })
    const body = { protocol: PROTOCOL_VERSION, code, name }
    return ((await call(routes.join, { method: 'POST', token: '', body })).json() as { token: string }).token
  }
  const party = async (name: string, role: FakeParty['role']) => {
    const one = new FakeParty(name, role, await member('institution', name), call)
    await one.register(federation)
    return one
  }
  const [alder, birch, cedar] = [
    await party('alder', 'feature'),
    await party('birch', 'label'),
    await party('cedar', 'key-service'),
  ]
  return {
    hub,
    federation,
    alder,
    birch,
    cedar,
    admin,
    member,
    running: async () => {
      const run = await admin<VerticalRun>('POST', routes.federationVerticalRuns(federation), { settings: {} })
      const put = (await birch.putManifest(run.id, manifestOf(run, [alder, birch, cedar]))).json() as VerticalRun
      const manifest = put.manifestSha256 ?? ''
      await alder.approve(run.id, manifest)
      await cedar.approve(run.id, manifest)
      return { run: run.id, manifest }
    },
  }
}
