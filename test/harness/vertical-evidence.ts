import { openPartyStore, type PartyStore, verifyRunAudit } from '@tributary/party'
import type { AuditEntry, VerticalEvent, VerticalRun } from '@tributary/protocol'
import { z } from 'zod'
import { PartyDatabase } from '../../packages/party/src/store/database.ts'
import { partsOf, type Trace } from '../processes/kill-plan.ts'
import { DATA_PARTIES, PROCESSES, type ProcessesOptions, type ProcessName, VerticalProcesses } from './vertical-processes.ts'

const mailRow = z.object({ from: z.string(), to: z.string(), seq: z.int(), sha256: z.string(), kind: z.string(), waits: z.int() })
export type MailRow = z.infer<typeof mailRow>

/** What is left of a run in four folders when nobody runs any more. */
export interface Evidence {
  readonly run: VerticalRun
  readonly events: readonly VerticalEvent[]
  readonly outcomes: Readonly<Record<string, ReturnType<ReturnType<PartyStore['run']>['outcome']>>>
  readonly audit: readonly AuditEntry[]
  /** Receipts and heads that the data parties found in the log; null when it is not whole. */
  readonly audited: Readonly<Record<string, { receipts: number; heads: number } | null>>
  readonly sent: readonly MailRow[]
  readonly received: readonly MailRow[]
  readonly traces: Readonly<Record<ProcessName, readonly Trace[]>>
  readonly kills: Readonly<Record<ProcessName, number>>
  readonly seconds: number
}

/** Trains once with these kills, stops everybody and reads what each has on its disk. */
export async function trainKilled(options: ProcessesOptions): Promise<Evidence> {
  const world = await VerticalProcesses.start(options)
  const begun = performance.now()
  const run = await world.train()
  const seconds = (performance.now() - begun) / 1000
  const { events } = await world.api.events(run.id, { limit: 5_000 })
  await world.stop()
  const keys = await openPartyStore({ folder: world.folderOf('keys'), lock: { keyFile: world.keyFileOf('keys') } })
  const audit = keys.auditLog(run.id)
  keys.close()
  const outcomes: Record<string, Evidence['outcomes'][string]> = {}
  const audited: Record<string, Evidence['audited'][string]> = {}
  for (const name of DATA_PARTIES) {
    const store = await openPartyStore({ folder: world.folderOf(name), lock: { keyFile: world.keyFileOf(name) } })
    outcomes[name] = store.run(run.id).outcome()
    try {
      const { receipts, heads } = verifyRunAudit({ store, name }, audit)
      audited[name] = { receipts, heads }
    } catch {
      audited[name] = null
    }
    store.close()
  }
  const parties = ['a', 'b', 'keys'] as const
  const traces = Object.fromEntries(PROCESSES.map((name) => [name, world.traces(name)])) as Evidence['traces']
  const evidence: Evidence = {
    run,
    events: events.map(({ event }) => event),
    outcomes,
    audit,
    audited,
    sent: parties.flatMap((name) => mailOf(world, name, 'outbox')),
    received: parties.flatMap((name) => mailOf(world, name, 'inbox')),
    traces,
    kills: Object.fromEntries(
      PROCESSES.map((name) => [name, traces[name].filter(({ type }) => type === 'kill').length]),
    ) as Evidence['kills'],
    seconds,
  }
  await world.end()
  return evidence
}

function mailOf(world: VerticalProcesses, name: 'a' | 'b' | 'keys', table: 'outbox' | 'inbox'): MailRow[] {
  const db = new PartyDatabase(world.folderOf(name))
  try {
    const columns =
      table === 'outbox'
        ? "? AS 'from', receiver AS 'to', seq, sha256, kind, bytes IS NOT NULL AS waits"
        : "sender AS 'from', ? AS 'to', seq, sha256, kind, 0 AS waits"
    return db.rows(mailRow, `SELECT ${columns} FROM ${table} ORDER BY 1, 2, seq`, name)
  } finally {
    db.close()
  }
}

/**
 * All in which a run differs from an undisturbed one that it must not differ in; empty when there is nothing.
 * @param calm the undisturbed run on the same tables
 */
export function faultsOf(found: Evidence, calm: Evidence): string[] {
  const { run, outcomes, traces, audited } = found
  const faults: string[] = []
  const check = (holds: boolean, fault: string) => {
    if (!holds) faults.push(fault)
  }
  check(
    run.phase === 'completed' && run.failure === null,
    `it ended: ${run.phase} ${run.failure?.details.code ?? run.failure?.code}`,
  )
  for (const name of DATA_PARTIES) {
    check(outcomes[name] != null && same(outcomes[name], calm.outcomes[name]), `another outcome at ${name}`)
    check(audited[name] !== null, `${name} does not find its own in the log`)
  }
  const openings = found.audit.filter(({ record }) => record.kind === 'opening').map(({ record }) => record)
  check(isUnique(openings.map(({ requestSha256 }) => requestSha256)), 'a request is answered twice in the log')
  check(isUnique(openings.map(({ keyId, party }) => `${keyId} ${party}`)), 'a key opened twice for a party')
  check(same(quotaLines(found), quotaLines(calm)), 'another quota')
  check(openedAgain(traces.keys).length === 0, 'an opening is executed again after its answer')
  check(sameNumbers(traces.keys), 'one request is opened to different numbers')
  check(same(slots(found), slots(calm)), 'other messages')
  faults.push(...lostMail(found))
  const codes = PROCESSES.flatMap((name) => traces[name].flatMap((trace) => (trace.type === 'problem' ? [trace.code] : [])))
  check(!codes.includes('slr_equivocation'), 'slr_equivocation')
  return faults
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)
const isUnique = (values: readonly unknown[]): boolean => new Set(values).size === values.length

const quotaLines = ({ audit }: Evidence): readonly string[] =>
  audit
    .filter(({ record }) => record.kind === 'opening')
    .map(({ record }) => `${record.step} ${record.party} ${record.numbersReturned} ${record.quotaLeft}`)
    .toSorted()

const slots = ({ sent }: Evidence): readonly string[] =>
  sent.map(({ from, to, seq, kind }) => `${from} ${to} ${seq} ${kind}`).toSorted()

/** Mail that was acknowledged and is not there, or is there and was never sent. */
function lostMail({ sent, received, events }: Evidence): string[] {
  const relayed = events.flatMap((event) => (event.type === 'vertical.message' ? [event.data.sha256] : []))
  const atHub = new Set(relayed)
  const atReceivers = new Set(received.map(({ sha256 }) => sha256))
  const own = new Set(sent.map(({ sha256 }) => sha256))
  const named = ({ from, to, seq, kind }: MailRow) => `${kind} ${seq} from ${from} to ${to}`
  return [
    ...(isUnique(relayed) ? [] : ['the hub stored a message twice']),
    ...sent.filter(({ waits }) => waits === 1).map((mail) => `never acknowledged: ${named(mail)}`),
    ...sent.filter(({ waits, sha256 }) => waits === 0 && !atHub.has(sha256)).map((mail) => `lost by the hub: ${named(mail)}`),
    ...sent.filter(({ sha256 }) => !atReceivers.has(sha256)).map((mail) => `never received: ${named(mail)}`),
    ...received.filter(({ sha256 }) => !own.has(sha256)).map((mail) => `never sent: ${named(mail)}`),
    ...relayed.filter((sha256) => !own.has(sha256)).map((sha256) => `the hub has what nobody sent: ${sha256}`),
  ]
}

/** Requests that were opened once more after their answer was durable. */
export function openedAgain(traces: readonly Trace[]): readonly string[] {
  const answered = new Set<string>()
  const again: string[] = []
  for (const trace of traces) {
    if (trace.type === 'answered') {
      if (answered.has(trace.request)) again.push(trace.request)
      answered.add(trace.request)
    }
    if (trace.type === 'job' && trace.kind === 'open' && trace.ref !== null && answered.has(trace.ref)) again.push(trace.ref)
  }
  return again
}

function sameNumbers(traces: readonly Trace[]): boolean {
  const opened = new Map<string, string>()
  return traces.every((trace) => {
    if (trace.type !== 'opened') return true
    const numbers = trace.numbers.join()
    const before = opened.get(trace.request) ?? numbers
    opened.set(trace.request, numbers)
    return before === numbers
  })
}

/** Persists of a phase that no process died before, or after. */
export function unkilled(traces: readonly Trace[], phase: string): readonly string[] {
  const labels = [...persistsOf(traces, phase)]
  const kills = new Set(traces.flatMap((trace) => (trace.type === 'kill' ? [`${trace.moment} ${trace.label}`] : [])))
  return labels
    .flatMap((label) => (['before', 'after'] as const).map((moment) => `${moment} ${label}`))
    .filter((kill) => !kills.has(kill))
}

/** Different persists of a phase, in order. */
export const persistsOf = (traces: readonly Trace[], phase: string): ReadonlySet<string> =>
  new Set(traces.flatMap((trace) => (trace.type === 'persisted' && trace.label.startsWith(`${phase}: `) ? [trace.label] : [])))

/** Different parts of the persists of a phase: which of them were one persist may depend on who was first. */
export const partsPersisted = (traces: readonly Trace[], phase: string): ReadonlySet<string> =>
  new Set([...persistsOf(traces, phase)].flatMap((label) => partsOf(label).parts))
