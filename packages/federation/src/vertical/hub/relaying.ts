import { type EnvelopeHeader, type MessageKind, TributaryError } from '@tributary/protocol'
import type { ChainHead, HubEvent, HubStep } from './events.ts'
import { move, notRunning, refuse, stay } from './outcome.ts'
import { type HubRunState, partyOf } from './state.ts'

type Message = Extract<HubEvent, { type: 'message' }>

/** After the end of training: what the key service may still have in its hands, and predictions. */
const AFTER_COMPLETION: readonly MessageKind[] = ['decide', 'done', 'predict', 'predict-share']
const AFTER_ABORT: readonly MessageKind[] = ['abort']

/**
 * What speaks against a message by its header alone, before its bytes are taken: whose name it is in, for which run and to whom.
 * @returns null when nothing does
 */
export function headerProblem(state: HubRunState, by: string, { run, from, to }: EnvelopeHeader): TributaryError | null {
  if (from !== by) return new TributaryError('auth_signature', { from })
  if (to === from || partyOf(state, to) === undefined)
    return new TributaryError('envelope_malformed', { reason: `${to} is no other party of this run` })
  if (state.manifest !== null && state.manifest.sha256 !== run)
    return new TributaryError('manifest_mismatch', { reason: 'the message names another manifest than that of this run' })
  return null
}

/** May a message of this kind come now? Paused runs take mail, they do not hand it out. */
export function takesMail({ phase }: HubRunState, kind: MessageKind): boolean {
  switch (phase) {
    case 'proposed':
    case 'approving':
      return false
    case 'running':
    case 'paused':
      return true
    case 'completed':
      return AFTER_COMPLETION.includes(kind)
    case 'aborted':
      return AFTER_ABORT.includes(kind)
  }
}

/** Does the hub hand out mail? */
export const handsOutMail = ({ phase }: HubRunState): boolean =>
  phase === 'running' || phase === 'completed' || phase === 'aborted'

/** A message beyond the next place of its pair of parties. */
export const gapProblem = ({ seq, from, to }: EnvelopeHeader, head: ChainHead): TributaryError | null =>
  seq > head.seq + 1 ? new TributaryError('message_out_of_order', { seq, from, to, expected: head.seq + 1 }) : null

const placeOf = (to: string, seq: number): string => `${to}/${seq}`

/** Takes the next message of a directed pair of parties. What is stored is known by its hash, in every phase. */
export function takeMessage(state: HubRunState, event: Message): HubStep {
  const { by, header, sha256, bytes, head, stored } = event
  const { from, to, seq, prevHash, kind, step } = header
  const problem = headerProblem(state, by, header)
  if (problem !== null) return { ...stay(state), refusal: problem }
  if (stored === sha256) return stay(state)
  if (stored !== null) return refuse(state, 'slr_equivocation', { from, place: placeOf(to, seq) })
  if (!takesMail(state, kind)) return notRunning(state)
  const gap = gapProblem(header, head)
  if (gap !== null) return { ...stay(state), refusal: gap }
  // It continues another message than the one the hub holds at that place: the sender wrote two.
  if (seq !== head.seq + 1 || prevHash !== head.sha256)
    return refuse(state, 'slr_equivocation', { from, place: placeOf(to, Math.max(1, seq - 1)) })
  const parties = state.parties.map((party) => {
    if (party.name === from) return { ...party, bytesSent: party.bytesSent + bytes }
    if (party.name === to) return { ...party, cursor: party.cursor + 1, bytesReceived: party.bytesReceived + bytes }
    return party
  })
  return move(state, { ...state, parties, bytes: state.bytes + bytes }, [
    { type: 'vertical.message', data: { from, to, kind, step, bytes, sha256 } },
  ])
}
