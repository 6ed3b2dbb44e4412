import { CoordinatorApi } from '@tributary/client'
import {
  type NamedTensor,
  PARTICIPANT_NAMESPACE,
  type ParticipantId,
  PROTOCOL_VERSION,
  participantIdSchema,
  type Role,
  type RunId,
  routes,
} from '@tributary/protocol'
import { io, type Socket } from 'socket.io-client'

/** A participant without the SDK: it says what it is told to say, and trains nothing. */
export interface RawInstitution {
  readonly name: string
  readonly id: ParticipantId
  readonly token: string
}

export async function joinRaw(admin: CoordinatorApi, url: string, federation: string, name: string): Promise<RawInstitution> {
  const { participant, token } = await redeem(admin, url, federation, name, 'institution')
  return { name, id: participantIdSchema.parse(participant), token }
}

/** An account of any role. */
export async function redeem(admin: CoordinatorApi, url: string, federation: string, name: string, role: Role) {
  const { code } = await admin.createInvite(federation, { name, role })
  return new CoordinatorApi({ url }).join({ code, name })
}

/** Connects and says ready, so that rounds select it; they then stay open, since nothing is trained. */
export async function connectReady(url: string, { token }: RawInstitution): Promise<Socket> {
  const socket = io(url + PARTICIPANT_NAMESPACE, {
    auth: { protocol: PROTOCOL_VERSION, token },
    transports: ['websocket'],
    forceNew: true,
  })
  const answer: unknown = await socket.emitWithAck('ready', { samples: 10, backend: 'none', clientVersion: 'raw' })
  if (!(answer as { ok: boolean }).ok) throw new Error(`not taken as ready: ${JSON.stringify(answer)}`)
  return socket
}

export interface Upload {
  readonly body: Uint8Array<ArrayBuffer>
  readonly sha256: string
  /** What the query announces. */
  readonly bytes: number
  readonly offset?: number
}

export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

/** One PUT, with whatever query, body and token; null sends no token. */
export async function putUpdate(url: string, run: RunId, round: number, token: string | null, upload: Upload): Promise<Answer> {
  const { body, sha256, bytes, offset = 0 } = upload
  const query = new URLSearchParams({ sha256, bytes: String(bytes), offset: String(offset) })
  const response = await fetch(`${url}${routes.update(run, round)}?${query}`, {
    method: 'PUT',
    headers: {
      'content-type': 'application/octet-stream',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body,
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** The model moved by small steps that differ by participant and round: an update that is known beforehand. */
export const moved = (model: readonly NamedTensor[], participant: number, round: number): NamedTensor[] =>
  model.map(({ name, shape, data }) => ({
    name,
    shape,
    data: data.map((value, index) => value + ((index * 7 + participant * 5 + round * 3) % 11) / 17 - 0.25),
  }))
