import type { Absence } from '@tributary/protocol'
import type { Surroundings } from './events.ts'
import type { RoundMember } from './state.ts'

/** Why a member of the round has no update that counts. */
export function absenceOf({ id, name, status, reason, refusal }: RoundMember, around: Surroundings): Absence {
  if (status === 'failed' || status === 'left' || status === 'excluded') return { name, why: status, words: reason }
  // Before the refused update: while it is away, it cannot send another one.
  if (!around.online.has(id)) {
    const since = around.lostAt.get(id)
    return { name, why: 'offline', since: since === undefined ? null : new Date(since).toISOString() }
  }
  if (refusal != null) return { name, why: 'refused', error: refusal }
  return { name, why: status === 'selected' ? 'asked' : 'training' }
}
