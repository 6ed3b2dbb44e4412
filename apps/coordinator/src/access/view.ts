import { createHmac } from 'node:crypto'
import { type FederationId, type ParticipantId, participantIdSchema } from '@tributary/protocol'
import type { Caller } from './caller.ts'

/** What a caller may know of participants: their names, and what each of them alone sent or measured. */
export interface View {
  /** An admin, who sees all of its federation. */
  readonly whole: boolean
  /** The name under which this caller knows a participant. Whoever has taken over a name knows it, and it as its predecessor's. */
  name(name: string): string
  /** The id under which it knows the participant of this name: a true one would lead to the name wherever both are told. */
  id(id: ParticipantId, name: string): ParticipantId
  /**
   * Whether it may see what this participant alone reported: samples, weight, loss, backend, texts. By its id: who holds a name now is
   * not who held it before. Only of what is kept by name alone nothing else can be asked.
   */
  single(name: string, id?: ParticipantId): boolean
}

export type Views = (caller: Caller, federation: FederationId) => View

export const WHOLE: View = { whole: true, name: (name) => name, id: (id) => id, single: () => true }

/** A name for a name: the same for everybody in a federation, and without the key nobody can find which name it stands for. */
export const pseudonym = (key: string, federation: FederationId, name: string): string =>
  `peer-${digest(key, `${federation}/${name}`).slice(0, 10)}`

const pseudonymousId = (key: string, federation: FederationId, id: ParticipantId): ParticipantId =>
  participantIdSchema.parse(`par_${digest(key, `${federation}/${id}`).slice(0, 16)}`)

const digest = (key: string, text: string): string => createHmac('sha256', key).update(text).digest('hex')

/**
 * Admins see participants by name. Researchers see them by pseudonym, with what each reported. An institution sees itself whole
 * and of the others a pseudonym and where they are in a round.
 */
export const createViews =
  (key: string): Views =>
  (caller, federation) => {
    if (caller.role === 'admin') return WHOLE
    const { own } = caller
    return {
      whole: false,
      name: (name) => (name === own?.name ? name : pseudonym(key, federation, name)),
      id: (id) => (id === own?.id ? id : pseudonymousId(key, federation, id)),
      single: (name, id) => caller.role === 'researcher' || (id === undefined ? name === own?.name : id === own?.id),
    }
  }
