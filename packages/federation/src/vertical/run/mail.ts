import type { MessageBody, MessageKind } from '@tributary/protocol'
import type { VerticalMachineEvent } from '../effects.ts'
import type { JobResult, MessageRef, ResultOf } from '../jobs.ts'

/** A message as a machine sees it. */
export interface Mail<Kind extends MessageKind = MessageKind> {
  readonly kind: Kind
  readonly from: string
  readonly step: number
  readonly ref: MessageRef
  readonly body: MessageBody<Kind>
  readonly partBytes: readonly number[]
  /** Of a step-key alone, else null. */
  readonly partsSha256: string | null
}

export interface Result<Kind extends JobResult['kind']> {
  readonly job: string
  readonly result: ResultOf<Kind>
}

/** The body was parsed by its kind's schema; the event's type does not tie the two. */
export function mailOf<Kind extends MessageKind>(
  event: Extract<VerticalMachineEvent, { type: 'message' }>,
  kind: Kind,
): Mail<Kind> {
  const { from, step, ref, content } = event
  const { body, partBytes, partsSha256 } = content
  return { kind, from, step, ref, body: body as MessageBody<Kind>, partBytes, partsSha256 }
}
