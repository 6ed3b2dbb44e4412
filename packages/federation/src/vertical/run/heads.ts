import { auditSignedBytes, FIRST_PREV_HASH, type SignedHead, TributaryError } from '@tributary/protocol'
import type { VerticalSurroundings } from '../effects.ts'
import { keyServiceName } from './roles.ts'

/** So many heads are kept for comparison: more than two whole steps of 34 parties. */
const HEADS_KEPT = 96

/** Whether the key service signed that this hash has this place in this run's log. */
export const isSigned = (head: SignedHead, around: VerticalSurroundings): boolean =>
  around.verify(keyServiceName(around.manifest), auditSignedBytes(around.run, head), head.signature)

/**
 * Takes a head that was seen: the key service signed it, and no other one has its place in the log.
 * @throws TributaryError `audit_broken`, `audit_fork`
 */
export function seeHead(heads: readonly SignedHead[], head: SignedHead, around: VerticalSurroundings): readonly SignedHead[] {
  const known = heads.find(({ seq }) => seq === head.seq)
  if (known?.hash === head.hash) return heads
  // Before anything is said about the key service: a party may have made it up.
  if (!isSigned(head, around)) {
    throw new TributaryError('audit_broken', { seq: head.seq, reason: 'the key service did not sign this head' })
  }
  if (known !== undefined) throw fork(head.seq, known.hash, head.hash)
  return [...heads, head].sort((a, b) => a.seq - b.seq).slice(-HEADS_KEPT)
}

/** A line of the log names the head before it. @throws TributaryError `audit_fork` */
export function requireSuccessor(
  heads: readonly SignedHead[],
  { seq, prev }: { readonly seq: number; readonly prev: string },
): void {
  const before = heads.find((head) => head.seq === seq - 1)
  if (before !== undefined && before.hash !== prev) throw fork(seq - 1, before.hash, prev)
  if (seq === 1 && prev !== FIRST_PREV_HASH) throw fork(0, FIRST_PREV_HASH, prev)
}

export const newestHead = (heads: readonly SignedHead[]): SignedHead | null => heads.at(-1) ?? null

const fork = (seq: number, one: string, other: string) => new TributaryError('audit_fork', { seq, one, other })
