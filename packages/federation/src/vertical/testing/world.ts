import { type Manifest, TributaryError } from '@tributary/protocol'
import type { VerticalEffect, VerticalMachineEvent, VerticalSurroundings } from '../effects.ts'
import type { Job, PreparedTable } from '../jobs.ts'
import type { KeyServiceState } from '../key-service/state.ts'
import type { PartyState } from '../party/state.ts'
import { type AnyMachine, keyServiceMachine, partyMachine } from './machine-kinds.ts'
import { mockAuditHash, mockPairMask, mockSign } from './mock-identity.ts'
import { type MockJobContext, type MockJobOutput, type MockTable, runMockJob } from './mock-jobs.ts'
import { MockRandom } from './mock-random.ts'
import {
  checkedContent,
  type Delivery,
  firstOfEachSender,
  MissingPart,
  messageEvent,
  newProcess,
  type Process,
  refOf,
} from './process.ts'
import { RunRecord } from './run-record.ts'

export type { Delivery } from './process.ts'

export type Kill = 'before' | 'after' | null

export interface WorldOptions {
  readonly manifest: Manifest
  /** Own rows by party. */
  readonly tables: Readonly<Record<string, MockTable>>
  readonly seed?: number
  /** Every message is also delivered a second time at once, to a machine that must not mind. */
  readonly duplicates?: boolean
  /** Asked at each persist of each machine: when to kill that process. */
  readonly kill?: (party: string, persist: number) => Kill
  /** Other machines by party. */
  readonly machines?: Readonly<Record<string, AnyMachine>>
  /** Another way to do a party's jobs. */
  readonly runJob?: (job: Job, context: MockJobContext) => MockJobOutput
  /** Alters a message on its way; null drops it. */
  readonly tamper?: (mail: Delivery) => Delivery | null
}

const START = Date.parse('2026-01-01T00:00:00Z')
export const RUN_HASH = 'ab'.repeat(32)

/** All parties of a run in one memory: stores that survive kills, jobs that do not, mail in order for each pair only. */
export class World extends RunRecord {
  now = START
  readonly manifest: Manifest
  readonly sent: Delivery[] = []
  readonly random: MockRandom
  readonly #options: WorldOptions
  readonly #processes = new Map<string, Process>()
  #mails = 0

  constructor(options: WorldOptions) {
    super()
    this.#options = options
    this.manifest = options.manifest
    this.random = new MockRandom(options.seed ?? 1)
    for (const { name, role } of options.manifest.parties) {
      const machine = options.machines?.[name] ?? (role === 'key-service' ? keyServiceMachine() : partyMachine())
      const scalar = this.random.bits(250).toString(16).padStart(64, '0')
      this.#processes.set(name, newProcess(name, machine, scalar))
    }
  }

  /** Begins the run and lets it go on until nothing is left to do. */
  run(): this {
    for (const { name } of this.manifest.parties) this.send(name, { type: 'begin' })
    return this.settle()
  }

  settle(): this {
    for (let steps = 0; this.step(); steps += 1) if (steps > 1_000_000) throw new Error('the run does not end')
    return this
  }

  /** Delivers one message or one result, whichever chance picks. */
  step(): boolean {
    const ready = [...this.#processes.values()].flatMap((process) => [
      ...process.jobs.map((_, index) => ({ process, mail: null, job: index })),
      ...firstOfEachSender(process.inbox).map((mail) => ({ process, mail, job: null })),
    ])
    if (ready.length === 0) return false
    const { process, mail, job } = this.random.pick(ready)
    if (mail !== null) this.#deliver(process, mail)
    else this.#work(process, job ?? 0)
    return true
  }

  /** Lets time pass; timers fire. */
  wait(seconds: number): this {
    const until = this.now + seconds * 1_000
    for (;;) {
      const [next] = [...this.#processes.values()].filter(({ wakeAt }) => (wakeAt ?? Infinity) <= until).sort(byWake)
      if (next === undefined) break
      this.now = Math.max(this.now, next.wakeAt ?? this.now)
      next.wakeAt = null
      this.send(next.name, { type: 'tick' })
    }
    this.now = until
    return this
  }

  /** Killed and started again: the store is what is left. */
  restart(party: string): this {
    this.#recover(this.process(party))
    return this
  }

  /** A blob is gone; the shell notices after a restart. */
  lose(party: string, blob: string): this {
    const process = this.process(party)
    process.blobs.delete(blob)
    process.jobs = []
    this.send(party, { type: 'lost', blob })
    return this
  }

  send(party: string, event: VerticalMachineEvent): void {
    // Who was killed before it had persisted is told again: the hub and the owner still say so.
    while (!this.#transition(this.process(party), event, () => {}));
  }

  /** A message that no machine sent. */
  forge(mail: Omit<Delivery, 'ref'>): this {
    this.#mails += 1
    const forged: Delivery = { ...mail, ref: refOf(this.#mails) }
    this.#deliver(this.process(mail.to), forged)
    return this
  }

  party(name: string): PartyState {
    return JSON.parse(this.process(name).state) as PartyState
  }
  keyService(): KeyServiceState {
    const name = this.manifest.parties.find(({ role }) => role === 'key-service')?.name ?? ''
    return JSON.parse(this.process(name).state) as KeyServiceState
  }
  rawState(name: string): string {
    return this.process(name).state
  }
  table(name: string): PreparedTable {
    const { table } = this.process(name)
    if (table === null) throw new Error(`${name} has no prepared table`)
    return table
  }
  blobs(name: string): readonly string[] {
    return [...this.process(name).blobs.keys()]
  }
  persists(name: string): number {
    return this.process(name).persists
  }
  pendingJobs(name: string): readonly Job[] {
    return this.process(name).jobs.map(({ job }) => job)
  }

  process(name: string): Process {
    const process = this.#processes.get(name)
    if (process === undefined) throw new Error(`there is no ${name}`)
    return process
  }

  surroundings(name: string): VerticalSurroundings {
    return {
      now: this.now,
      me: name,
      manifest: this.manifest,
      run: RUN_HASH,
      table: this.process(name).table,
      sign: (bytes) => mockSign(name, bytes),
      verify: (party, bytes, signature) => mockSign(party, bytes) === signature,
      auditHash: mockAuditHash,
      pairMask: (peer, step, kind) => mockPairMask(name, peer, RUN_HASH, step, kind),
    }
  }

  #deliver(process: Process, mail: Delivery): void {
    const { from, step, ref, content } = mail
    process.messages.set(ref, content.parts)
    const event = messageEvent(mail)
    const consumed = this.#transition(process, event, () => {
      const index = process.inbox.indexOf(mail)
      if (index >= 0) process.inbox.splice(index, 1)
    })
    if (!consumed || this.#options.duplicates !== true) return
    const again = process.machine.transition(process.state, event, this.surroundings(process.name))
    const answers = content.kind === 'predict' ? [] : again.effects
    if (again.state !== process.state || answers.length > 0) {
      throw new Error(`${process.name} took ${content.kind} of step ${step} from ${from} twice`)
    }
  }

  #work(process: Process, index: number): void {
    const asked = process.jobs[index]
    if (asked === undefined) return
    const event: { current: VerticalMachineEvent; keep: MockJobOutput['keep'] } = this.#outcomeOf(process, asked)
    this.#transition(process, event.current, () => {
      const at = process.jobs.indexOf(asked)
      if (at >= 0) process.jobs.splice(at, 1)
      for (const { blob, parts } of event.keep) process.blobs.set(blob, parts)
      const { current } = event
      if (current.type === 'jobDone' && current.result.kind === 'prepare') process.table = current.result.table
    })
  }

  #outcomeOf(process: Process, { id, job }: Process['jobs'][number]) {
    const context: MockJobContext = {
      me: process.name,
      manifest: this.manifest,
      raw: this.#options.tables[process.name] ?? null,
      prepared: process.table,
      random: this.random,
      read(ref) {
        const parts = process.messages.get(ref) ?? process.blobs.get(ref)
        if (parts === undefined) throw new MissingPart(ref)
        return parts
      },
    }
    try {
      const { result, keep } = (this.#options.runJob ?? runMockJob)(job, context)
      return { current: { type: 'jobDone', job: id, result } as const, keep }
    } catch (error) {
      if (error instanceof MissingPart) return { current: { type: 'lost', blob: error.ref } as const, keep: [] }
      if (!(error instanceof TributaryError)) throw error
      return { current: { type: 'jobFailed', job: id, error: error.toBody() } as const, keep: [] }
    }
  }

  /** Persist, then send, then never change. @returns whether the event was persisted */
  #transition(process: Process, event: VerticalMachineEvent, consume: () => void): boolean {
    const around = this.surroundings(process.name)
    // A result's table is there for the transition that takes it only as the result itself.
    const { state, effects, refusal } = process.machine.transition(process.state, event, around)
    if (refusal !== undefined) {
      if (state !== process.state || effects.length > 0) throw new Error(`a refusal of ${process.name} changed something`)
      this.refusals.push({ party: process.name, code: refusal.code })
    }
    const kill = refusal === undefined ? (this.#options.kill?.(process.name, process.persists) ?? null) : null
    process.persists += refusal === undefined ? 1 : 0
    if (kill === 'before') {
      this.#recover(process)
      return false
    }
    process.state = state
    consume()
    for (const effect of effects) this.#persist(process, effect)
    if (kill === 'after') this.#recover(process)
    else for (const effect of effects) this.#perform(process, effect)
    return true
  }

  /** What stands in the transaction: outgoing mail, blobs, the log. */
  #persist(process: Process, effect: VerticalEffect): void {
    switch (effect.type) {
      case 'send':
        for (const to of effect.to) this.#post({ from: process.name, to, step: effect.step, content: effect.content })
        break
      case 'keep':
        process.blobs.set(effect.blob, effect.parts)
        break
      case 'forget':
        for (const blob of effect.blobs) process.blobs.delete(blob)
        for (const ref of effect.messages) process.messages.delete(ref)
        break
      default:
        this.note(process.name, effect)
    }
  }

  #perform(process: Process, effect: VerticalEffect): void {
    if (effect.type === 'job') process.jobs.push({ id: effect.id, job: effect.job })
    if (effect.type === 'wake') process.wakeAt = effect.at
  }

  #recover(process: Process): void {
    process.jobs = []
    process.wakeAt = null
    const effects = process.machine.recovery(process.state, this.surroundings(process.name))
    for (const effect of effects) this.#perform(process, effect)
  }

  #post(mail: Omit<Delivery, 'ref'>): void {
    this.#mails += 1
    const delivery: Delivery = { ...mail, ref: refOf(this.#mails), content: checkedContent(mail.content) }
    this.sent.push(delivery)
    const arrives = this.#options.tamper === undefined ? delivery : this.#options.tamper(delivery)
    if (arrives !== null) this.process(arrives.to).inbox.push(arrives)
  }
}

const byWake = (a: Process, b: Process): number => (a.wakeAt ?? 0) - (b.wakeAt ?? 0)
