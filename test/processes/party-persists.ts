import { auditEntrySchema } from '@tributary/protocol'
import { z } from 'zod'
import { PartyDatabase } from '../../packages/party/src/store/database.ts'
import type { KillPlan } from './kill-plan.ts'

type Values = Parameters<PartyDatabase['change']> extends [string, ...infer Rest] ? Rest : never

/** Statements that say nothing about what a persist is for. */
const SILENT = ['INTO seen', 'UPDATE runs SET cursor', 'UPDATE inbox']

/** Makes every transaction and every single statement of this process's store a point where it may die. */
export function killAtPersists(plan: KillPlan): void {
  const { atomically, change } = PartyDatabase.prototype
  /** Of the open transaction. */
  let notes: string[] | null = null
  let answered: string[] = []
  let phase: string | undefined

  PartyDatabase.prototype.change = function (sql, ...values) {
    const note = noteOf(this, sql, values)
    if (notes !== null) {
      if (!SILENT.some((part) => sql.includes(part))) notes.push(note)
      phase ??= phaseOf(plan, sql, values, note)
      if (sql.includes('INTO audit')) {
        const { record } = auditEntrySchema.parse(JSON.parse(String(values[2])))
        if (record.kind === 'opening' && record.requestSha256 !== null) answered.push(record.requestSha256)
      }
      enterPhase(plan, sql, values)
      return change.call(this, sql, ...values)
    }
    enterPhase(plan, sql, values)
    const of = phaseOf(plan, sql, values, note)
    plan.before(note, of)
    change.call(this, sql, ...values)
    plan.after(note, of)
  }

  PartyDatabase.prototype.atomically = function (work) {
    notes = []
    answered = []
    phase = undefined
    let what = ''
    try {
      atomically.call(this, () => {
        work()
        what = (notes ?? []).join(', ')
        // Not committed yet: nothing of it may be there after the kill.
        plan.before(what, phase)
      })
    } finally {
      notes = null
    }
    for (const request of answered) plan.note({ type: 'answered', request })
    plan.after(what, phase)
  }
}

function enterPhase(plan: KillPlan, sql: string, values: Values): void {
  if (sql.startsWith('INSERT INTO runs')) plan.enter('alignment')
  const isMail = sql.startsWith('INSERT INTO inbox') || sql.startsWith('INSERT INTO outbox')
  if (isMail && values[4] === 'step-key') plan.enter(String(values[5]))
}

/**
 * Of a persist that may come before or after the key of the next step, by chance: what the hub has acknowledged belongs to the phase
 * in which it was written, what another party sends to the step that it sends it in. undefined: to the present one.
 */
function phaseOf(plan: KillPlan, sql: string, values: Values, note: string): string | undefined {
  if (sql.startsWith('UPDATE outbox')) return plan.phaseOf(note.replace('marks', 'writes'))
  if (sql.startsWith('UPDATE published')) return plan.phaseOf(note.replace('marks publication', 'publishes'))
  const step = Number(values[5])
  return sql.startsWith('INSERT INTO inbox') && step > 0 ? String(step) : undefined
}

/** The same for the same persist after a restart, though hashes and nonces are others. */
function noteOf(db: PartyDatabase, sql: string, values: Values): string {
  const [, second, third, , kind] = values.map(String)
  if (sql.startsWith('INSERT INTO inbox')) {
    const refusal = values[6]
    return `takes ${kind} ${third} from ${second}${refusal === null ? '' : ` (${refusal})`}`
  }
  if (sql.startsWith('INSERT INTO outbox')) return `writes ${kind} ${third} to ${second}`
  if (sql.startsWith('UPDATE outbox')) {
    const row = db.row(
      z.object({ kind: z.string() }),
      'SELECT kind FROM outbox WHERE run = ? AND receiver = ? AND seq = ?',
      ...values,
    )
    return `marks ${row?.kind} ${third} to ${second}`
  }
  if (sql.includes('INTO blobs')) return `keeps ${second}`
  if (sql.startsWith('DELETE FROM blobs')) return `forgets ${second}`
  if (sql.includes('INTO audit')) {
    const { record } = auditEntrySchema.parse(JSON.parse(String(values[2])))
    return `logs ${record.kind} of ${record.party}`
  }
  if (sql.includes('INTO published')) return `publishes ${second}`
  if (sql.startsWith('UPDATE published')) return `marks publication ${second}`
  if (sql.startsWith('UPDATE runs SET cursor')) return `holds ${values[0]}`
  if (sql.startsWith('UPDATE runs')) return `sets ${/SET (\w+)/.exec(sql)?.[1]}`
  if (sql.startsWith('INSERT INTO runs')) return 'decides'
  return sql.slice(0, 40)
}
