import {
  type FederationId,
  handshakeSchema,
  type Join,
  type Joined,
  joinedSchema,
  type ParticipantId,
  PROTOCOL_VERSION,
  TributaryError,
} from '@tributary/protocol'

export const FEDERATION = 'fed_00000001' as FederationId

export interface Member {
  readonly participant: ParticipantId
  readonly name: string
  readonly token: string
  left: boolean
}

/** Who may come in, and who is in. */
export interface FakeMembership {
  readonly invites: Set<string>
  readonly members: Member[]
}

export function addMember({ members }: FakeMembership, name: string, chosen?: string): Member {
  const number = String(members.length + 1).padStart(8, '0')
  const participant = `par_${number}` as ParticipantId
  const member = { participant, name, token: chosen ?? `token-${number}`, left: false }
  members.push(member)
  return member
}

export const memberOf = ({ members }: FakeMembership, token: string): Member | undefined =>
  members.find((member) => member.token === token)

/** An invite admits once; the same request with the same chosen token is answered as before. */
export function admitByInvite(membership: FakeMembership, { code, name, token }: Join): Joined | TributaryError {
  const before = token === undefined ? undefined : memberOf(membership, token)
  if (!membership.invites.delete(code) && before === undefined) return new TributaryError('invite_used')
  const member = before ?? addMember(membership, name, token)
  return joinedSchema.parse({
    account: 'acc_00000001',
    name,
    role: 'institution',
    federation: FEDERATION,
    participant: member.participant,
    token: member.token,
    protocol: PROTOCOL_VERSION,
  })
}

export function handshakeRefusal(membership: FakeMembership, auth: unknown): TributaryError | null {
  const parsed = handshakeSchema.safeParse(auth)
  if (!parsed.success) return new TributaryError('unauthenticated')
  const { protocol, token } = parsed.data
  if (protocol !== PROTOCOL_VERSION) return new TributaryError('protocol_version_unsupported')
  const member = memberOf(membership, token)
  if (member === undefined) return new TributaryError('unauthenticated')
  return member.left ? new TributaryError('participant_left') : null
}
