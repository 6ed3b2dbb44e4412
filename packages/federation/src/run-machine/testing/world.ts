import type { ParticipantId, RunConfig, RunEvent } from '@tributary/protocol'
import { createdRun, recoveryEffects } from '../beginning.ts'
import type { MachineEvent, Transition } from '../events.ts'
import type { RunState } from '../state.ts'
import { transition } from '../table.ts'
import { INITIAL_MODEL, member, RUN } from './cast.ts'
import { History } from './history.ts'
import { checkStep, type Machine, must } from './invariants.ts'

const START = Date.parse('2026-01-01T00:00:00Z')

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value) && !(value instanceof Error)) {
    Object.freeze(value)
    for (const part of Object.values(value)) deepFreeze(part)
  }
  return value
}

/** A run with a virtual clock, people who come and go, and the shell's timer. Every step checks the invariants. */
export class World {
  state: RunState
  now = START
  readonly log: RunEvent[] = []
  last: Transition
  readonly #machine: Machine
  readonly #history = new History()
  readonly #eligible = new Set<string>()
  readonly #gone = new Set<string>()
  readonly #lostAt = new Map<ParticipantId, number>()

  constructor(config: RunConfig, machine: Machine = transition) {
    this.#machine = machine
    this.state = deepFreeze<RunState>(createdRun(RUN, config, INITIAL_MODEL))
    this.last = { state: this.state, effects: [], log: [], refusal: null }
  }

  /** Seconds since the beginning. */
  get seconds(): number {
    return (this.now - START) / 1000
  }

  send(event: MachineEvent): Transition {
    // The reverse order of joining: the machine may not rely on the order.
    const eligible = [...this.#eligible].reverse().map(member)
    const online = new Set(eligible.map(({ id }) => id))
    const around = { now: this.now, eligible, online, lostAt: new Map(this.#lostAt) }
    const before = this.state
    const after = deepFreeze(this.#machine(before, deepFreeze(event), deepFreeze(around)))
    checkStep({ before, event, around, after }, this.#machine)
    this.#history.observe({ before, event, around, after })
    this.state = after.state
    this.log.push(...after.log)
    this.last = after
    return after
  }

  /** Connected and ready; a leaver does not come back under its name. */
  connect(name: string): void {
    if (this.#gone.has(name)) return
    this.#eligible.add(name)
    this.send({ type: 'available' })
  }

  /** The connection broke; the run is not told. */
  disconnect(name: string): void {
    if (this.#eligible.delete(name)) this.#lostAt.set(member(name).id, this.now)
  }

  leave(name: string): void {
    this.#eligible.delete(name)
    this.#gone.add(name)
    this.send({ type: 'left', participant: member(name).id, reason: 'goes home' })
  }

  /** Lets time pass; the timer fires on its moment. */
  wait(seconds: number): void {
    const until = this.now + seconds * 1000
    for (;;) {
      const at = this.#history.wakeAt
      if (at === null || at > until) break
      this.now = Math.max(this.now, at)
      this.send({ type: 'tick' })
    }
    this.now = until
  }

  /** Lets time pass while the timer is late. */
  sleep(seconds: number): void {
    this.now += seconds * 1000
  }

  /** Killed and started again: nothing is left but the stored state. */
  restart(): void {
    const stored = deepFreeze(JSON.parse(JSON.stringify(this.state)) as RunState)
    const effects = recoveryEffects(stored)
    must('I15', JSON.stringify(effects) === JSON.stringify(recoveryEffects(this.state)), 'recovery differs after JSON')
    this.state = stored
    this.#history.recovered(stored, effects)
  }
}
