import { appendFileSync, existsSync, readFileSync } from 'node:fs'

/** Before: everything is done but durable. After: durable, and nobody knows yet. */
export type Moment = 'before' | 'after'

export interface KillRule {
  /** Regular expression on the label of a persist: `<phase>: <what it writes>`, see the processes. */
  readonly persists: string
  /** Default both: one process dies before the persist, the next one lets it pass and dies after it. */
  readonly moments?: readonly Moment[] | undefined
  /** Different labels that this rule kills at; default all. */
  readonly most?: number | undefined
}

/** What a process that dies leaves behind, line by line. */
export type Trace =
  /** From here on labels begin with this phase: enrolment, alignment, then the number of the step. */
  | { readonly type: 'phase'; readonly phase: string }
  | { readonly type: 'kill'; readonly moment: Moment; readonly label: string }
  | { readonly type: 'persisted'; readonly label: string }
  | { readonly type: 'job'; readonly kind: string; readonly ref: string | null }
  /** Numbers of an opening, as the worker gave them. */
  | { readonly type: 'opened'; readonly request: string; readonly numbers: readonly string[] }
  /** An opening is in the log, durably. */
  | { readonly type: 'answered'; readonly request: string }
  | { readonly type: 'problem'; readonly code: string }

export interface KillPlanOptions {
  /** Outlives the process. */
  readonly traceFile: string
  readonly rules: readonly KillRule[]
}

export function readTraces(file: string): Trace[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Trace)
}

/** A label as it was put together. */
export function partsOf(label: string): { readonly phase: string; readonly parts: readonly string[] } {
  const end = label.indexOf(': ')
  return { phase: label.slice(0, end), parts: label.slice(end + 2).split(', ') }
}

/** Lets a process kill itself once before and once after each persist that a rule names, however often it is started. */
export class KillPlan {
  readonly #file: string
  readonly #rules: readonly (KillRule & { readonly pattern: RegExp; readonly labels: Set<string> })[]
  readonly #met = new Set<string>()
  /** Of what was persisted, part by part. */
  readonly #phases = new Map<string, string>()
  #phase = 'enrolment'

  constructor({ traceFile, rules }: KillPlanOptions) {
    this.#file = traceFile
    this.#rules = rules.map((rule) => ({ ...rule, pattern: new RegExp(rule.persists), labels: new Set<string>() }))
    for (const trace of readTraces(traceFile)) {
      if (trace.type === 'phase') this.#phase = trace.phase
      if (trace.type === 'persisted') this.#remember(trace.label)
      if (trace.type !== 'kill') continue
      this.#met.add(`${trace.moment} ${trace.label}`)
      for (const { pattern, labels } of this.#rules) if (pattern.test(trace.label)) labels.add(trace.label)
    }
  }

  note(trace: Trace): void {
    appendFileSync(this.#file, `${JSON.stringify(trace)}\n`)
  }

  enter(phase: string): void {
    if (phase === this.#phase) return
    this.#phase = phase
    this.note({ type: 'phase', phase })
  }

  /** @returns the phase in which this part was persisted; the present one for what was not. */
  phaseOf(part: string): string {
    return this.#phases.get(part) ?? this.#phase
  }

  before(what: string, phase: string = this.#phase): void {
    this.#pass('before', `${phase}: ${what}`)
  }

  after(what: string, phase: string = this.#phase): void {
    const label = `${phase}: ${what}`
    this.note({ type: 'persisted', label })
    this.#remember(label)
    this.#pass('after', label)
  }

  #remember(label: string): void {
    const { phase, parts } = partsOf(label)
    for (const part of parts) this.#phases.set(part, phase)
  }

  #pass(moment: Moment, label: string): void {
    const isDue = this.#rules.some(
      ({ pattern, moments = ['before', 'after'], most = Number.POSITIVE_INFINITY, labels }) =>
        moments.includes(moment) && pattern.test(label) && (labels.has(label) || labels.size < most),
    )
    if (!isDue || this.#met.has(`${moment} ${label}`)) return
    this.note({ type: 'kill', moment, label })
    process.kill(process.pid, 'SIGKILL')
  }
}
