import { type Content, decodeContent, encodeContent, type MessageKind } from '@tributary/protocol'
import type { VerticalMachineEvent } from '../effects.ts'
import type { Job, MessageRef, PreparedTable } from '../jobs.ts'
import type { AnyMachine } from './machine-kinds.ts'
import { sha256OfParts } from './mock-jobs.ts'

export interface Delivery {
  readonly ref: MessageRef
  readonly from: string
  readonly to: string
  readonly step: number
  readonly content: Content
}

/** One party's process: a store that survives kills, and what does not. */
export interface Process {
  readonly name: string
  readonly machine: AnyMachine
  state: string
  persists: number
  readonly inbox: Delivery[]
  readonly messages: Map<MessageRef, readonly Uint8Array[]>
  readonly blobs: Map<string, readonly Uint8Array[]>
  table: PreparedTable | null
  /** Volatile: lost in a kill. */
  jobs: { readonly id: string; readonly job: Job }[]
  /** Volatile: set again by the recovery. */
  wakeAt: number | null
}

export function newProcess(name: string, machine: AnyMachine, scalar: string): Process {
  const empty = { persists: 0, inbox: [], messages: new Map(), blobs: new Map(), table: null, jobs: [], wakeAt: null }
  return { name, machine, state: machine.initial(scalar), ...empty }
}

/** What the shell tells a machine of a message. */
export function messageEvent({ from, step, ref, content }: Delivery): VerticalMachineEvent {
  const { kind, body, parts } = content
  const partsSha256 = kind === 'step-key' ? sha256OfParts(parts) : null
  return { type: 'message', from, step, ref, content: { kind, body, partBytes: parts.map(({ length }) => length), partsSha256 } }
}

/** Bodies pass their schemas, as on the way through an envelope. */
export function checkedContent<Kind extends MessageKind>(content: Content<Kind>): Content<Kind> {
  const { body } = decodeContent(content.kind, encodeContent({ ...content, parts: [] }))
  return { ...content, body }
}

/** Mail of one sender keeps its order. */
export function firstOfEachSender(inbox: readonly Delivery[]): Delivery[] {
  const senders = new Set<string>()
  return inbox.filter(({ from }) => {
    const isFirst = !senders.has(from)
    senders.add(from)
    return isFirst
  })
}

/** A job's input is not in the store: it was forgotten with its key, or lost. */
export class MissingPart extends Error {
  readonly ref: MessageRef
  constructor(ref: MessageRef) {
    super(`${ref} is not in the store`)
    this.ref = ref
  }
}

export const refOf = (number: number): MessageRef => number.toString(16).padStart(64, '0')
