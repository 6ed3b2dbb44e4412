import { isPending } from '../run-machine/round.ts'
import type { OpenRound, StoredUpdate } from '../run-machine/state.ts'

/** An update in its place in the order of folding. */
export interface FoldStep {
  readonly participant: string
  readonly update: StoredUpdate
}

/**
 * The updates that can be folded now: in the order of names, up to the first participant whose answer may still come.
 * Floating-point sums depend on their order; this order does not depend on who answered first.
 * Within a round the plan only grows at its end, with two exceptions that make the folding begin again: an exclusion takes a
 * step out, and a newcomer asked in place of another may have to answer before steps that were folded already.
 */
export function foldPlan(open: OpenRound, closed: boolean): FoldStep[] {
  const steps: FoldStep[] = []
  for (const member of open.members) {
    if (member.update !== null) steps.push({ participant: member.id, update: member.update })
    // A failed participant may still send an update while the round is open.
    else if (!closed && (isPending(member) || member.status === 'failed')) break
  }
  return steps
}
