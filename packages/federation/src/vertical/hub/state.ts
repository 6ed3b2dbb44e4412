import type {
  ErrorBody,
  Manifest,
  ParticipantId,
  PartyKeys,
  PartyRole,
  RunId,
  SignedHead,
  VerticalPartyActionName,
  VerticalPhase,
  VerticalSettings,
  VerticalSteeringName,
} from '@tributary/protocol'

/** A party as the hub knows it: what it registered, copied when the run was created. */
export interface HubParty {
  readonly name: string
  readonly participant: ParticipantId
  readonly role: PartyRole
  readonly keys: PartyKeys
  readonly fingerprint: string
  readonly rows: number | null
  readonly features: number | null
  /** Its signature on the manifest; null until it approved. */
  readonly signature: string | null
  /** Newest mail for it; mail of each receiver is numbered from 1. */
  readonly cursor: number
  readonly bytesSent: number
  readonly bytesReceived: number
}

/** All that the hub knows of a vertical run besides the mail itself. JSON through and through. */
export interface HubRunState {
  readonly run: RunId
  readonly phase: VerticalPhase
  readonly settings: VerticalSettings
  /** In order of names. */
  readonly parties: readonly HubParty[]
  /** Names of parties of which a person has said yes to this run. */
  readonly consents: readonly string[]
  readonly manifest: { readonly content: Manifest; readonly sha256: string } | null
  /** Number of events that the key service has published; they are numbered from 1. */
  readonly published: number
  /** Rows after alignment, step, loss and audit head as the key service last published them. */
  readonly rows: number | null
  readonly step: number | null
  readonly f: number | null
  readonly head: SignedHead | null
  /** Numbers that the key service opened for each party, and how many it may still open, as published. */
  readonly openings: Readonly<Record<string, { readonly numbers: number; readonly quotaLeft: number }>>
  readonly failure: ErrorBody | null
  /** Bytes of all mail. */
  readonly bytes: number
}

export const partyOf = (state: HubRunState, name: string): HubParty | undefined =>
  state.parties.find((party) => party.name === name)

export const hubRunHasEnded = ({ phase }: HubRunState): boolean => phase === 'completed' || phase === 'aborted'

/** What a person may do to steer a run now; roles narrow it further. */
export function allowedVerticalActions({ phase }: HubRunState): VerticalSteeringName[] {
  switch (phase) {
    case 'proposed':
    case 'approving':
      return ['cancel']
    case 'running':
      return ['pause', 'cancel']
    case 'paused':
      return ['resume', 'cancel']
    case 'completed':
    case 'aborted':
      return []
  }
}

/** What a person of this party may do for it now. A yes may be taken back until all have signed. */
export function allowedPartyActions(state: HubRunState, name: string): VerticalPartyActionName[] {
  const party = partyOf(state, name)
  if (party === undefined) return []
  switch (state.phase) {
    case 'proposed':
    case 'approving':
      return [...(party.signature === null && !state.consents.includes(name) ? (['approve'] as const) : []), 'decline']
    case 'running':
    case 'paused':
      return ['withdraw']
    case 'completed':
    case 'aborted':
      return []
  }
}
