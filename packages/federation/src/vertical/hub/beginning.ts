import {
  type ParticipantId,
  type PartyKeys,
  type PartyRole,
  participantNameSchema,
  type RunId,
  TributaryError,
  type VerticalEvent,
  type VerticalSettings,
} from '@tributary/protocol'
import type { HubRunState } from './state.ts'

export interface ProposedParty {
  readonly name: string
  readonly participant: ParticipantId
  readonly role: PartyRole
  readonly keys: PartyKeys
  readonly fingerprint: string
  readonly rows: number | null
  readonly features: number | null
}

const compareNames = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1)

/** A run that waits for its manifest. @throws TributaryError `vertical_roles_invalid` */
export function proposedHubRun(run: RunId, settings: VerticalSettings, parties: readonly ProposedParty[]): HubRunState {
  requireRoles(parties, settings)
  return {
    run,
    phase: 'proposed',
    settings,
    parties: parties
      .map((party) => ({ ...party, signature: null, cursor: 0, bytesSent: 0, bytesReceived: 0 }))
      .sort(compareNames),
    consents: [],
    manifest: null,
    published: 0,
    rows: null,
    step: null,
    f: null,
    head: null,
    openings: {},
    failure: null,
    bytes: 0,
  }
}

export const proposedEvents = (by: string): VerticalEvent[] => [
  { type: 'vertical.action', data: { action: 'create', by, reason: 'created' } },
  { type: 'vertical.state', data: { from: null, to: 'proposed', error: null } },
]

function requireRoles(parties: readonly ProposedParty[], { predictionReceiver }: VerticalSettings): void {
  const invalid = (reason: string) => new TributaryError('vertical_roles_invalid', { reason })
  const count = (role: PartyRole) => parties.filter((party) => party.role === role).length
  for (const { name } of parties) participantNameSchema.parse(name)
  if (new Set(parties.map(({ name }) => name)).size !== parties.length) throw invalid('a party is named twice')
  if (parties.length > 34) throw invalid(`there are ${parties.length} parties, at most 34 can take part`)
  if (count('label') !== 1) throw invalid(`there are ${count('label')} label parties`)
  if (count('key-service') !== 1) throw invalid(`there are ${count('key-service')} key services`)
  if (count('feature') === 0) throw invalid('there is no feature party')
  if (predictionReceiver !== null && !parties.some(({ name }) => name === predictionReceiver))
    throw invalid(`${predictionReceiver}, who is to receive predictions, is no party`)
}
