import type { AuditEntry, Published, TributaryError } from '@tributary/protocol'
import type { PartyOutcome, VerticalEffect, VerticalNoticeToOwner } from '../effects.ts'

/** What came out of a run, as its watchers and owners saw it. */
export class RunRecord {
  readonly audit: AuditEntry[] = []
  readonly published: Published[] = []
  readonly refusals: { readonly party: string; readonly code: string }[] = []
  readonly notices: { readonly party: string; readonly notice: VerticalNoticeToOwner }[] = []
  readonly outcomes = new Map<string, PartyOutcome>()
  readonly ends = new Map<string, TributaryError>()

  note(party: string, effect: VerticalEffect): void {
    switch (effect.type) {
      case 'audit':
        this.audit.push(effect.entry)
        break
      case 'publish':
        this.published.push(effect.event)
        break
      case 'finish':
        this.outcomes.set(party, effect.outcome)
        break
      case 'end':
        this.ends.set(party, effect.error)
        break
      case 'tell':
        this.notices.push({ party, notice: effect.notice })
        break
      default:
        break
    }
  }
}
