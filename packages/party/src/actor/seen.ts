import { decidedLine, endedLine, keyedLine, type ToldLine } from '@tributary/federation'
import type { AuditEntry, Content, MessageBody, SignedHead } from '@tributary/protocol'

/** What a message shows of the key service's log: heads are compared by all parties, receipts are kept for `audit verify`. */
export function seenIn({ kind, body }: Pick<Content, 'kind' | 'body'>): {
  readonly heads: readonly SignedHead[]
  readonly receipts: readonly AuditEntry[]
} {
  switch (kind) {
    case 'step-key':
    case 'u':
    case 'd':
    case 'decide':
    case 'done':
    case 'abort': {
      // The body was parsed by its kind's schema; the type of `content` does not tie the two.
      const { head } = body as MessageBody<'step-key' | 'u' | 'd' | 'decide' | 'done' | 'abort'>
      return { heads: head === null ? [] : [head], receipts: [] }
    }
    case 'opened':
      return { heads: [], receipts: [(body as MessageBody<'opened'>).receipt] }
    default:
      return { heads: [], receipts: [] }
  }
}

/** What a message of the key service says of a line of its log. */
export function toldIn({ kind, body }: Pick<Content, 'kind' | 'body'>): readonly ToldLine[] {
  switch (kind) {
    case 'step-key':
      return [keyedLine(body as MessageBody<'step-key'>)]
    case 'decide':
      return [decidedLine(body as MessageBody<'decide'>)]
    case 'done':
      return [endedLine(body as MessageBody<'done'>)]
    default:
      return []
  }
}
