import type { ErrorCode, RunConfigInput, RunEvent, RunEventType } from '@tributary/protocol'
import { expect } from 'vitest'
import { allowedRunActions } from '../actions.ts'
import type { Effect, MachineEventType } from '../events.ts'
import { type OpenRound, openRoundOf, type RoundMember, type RunState } from '../state.ts'
import { member, runConfig } from './cast.ts'
import { type Command, perform, type RoundOffset } from './commands.ts'
import { World } from './world.ts'

type LogData<Type extends RunEventType> = Extract<RunEvent, { type: Type }>['data']

/** A story of a run, told step by step; each step checks the invariants. */
export const scenario = (config: Partial<RunConfigInput> = {}): Scenario => new Scenario(new World(runConfig(config)))

export class Scenario {
  readonly world: World
  constructor(world: World) {
    this.world = world
  }

  get state(): RunState {
    return this.world.state
  }

  get open(): OpenRound {
    const open = openRoundOf(this.state)
    if (open === null) throw new Error(`no round is open while the run is ${this.state.phase}`)
    return open
  }

  // What happens

  eligible(...names: string[]): this {
    return this.#each(names, (who) => ({ do: 'connect', who }))
  }
  disconnected(...names: string[]): this {
    return this.#each(names, (who) => ({ do: 'disconnect', who }))
  }
  start(): this {
    return this.#do({ do: 'start' })
  }
  pause(): this {
    return this.#do({ do: 'pause' })
  }
  resume(): this {
    return this.#do({ do: 'resume' })
  }
  cancel(): this {
    return this.#do({ do: 'cancel' })
  }
  tick(): this {
    return this.#do({ do: 'tick' })
  }
  extend(seconds: number): this {
    return this.#do({ do: 'extend', seconds })
  }
  exclude(who: string): this {
    return this.#do({ do: 'exclude', who })
  }
  wait(seconds: number): this {
    return this.#do({ do: 'wait', seconds })
  }
  sleep(seconds: number): this {
    return this.#do({ do: 'sleep', seconds })
  }
  restart(): this {
    return this.#do({ do: 'restart' })
  }
  downloaded(...names: string[]): this {
    return this.#each(names, (who) => ({ do: 'download', who }))
  }
  accepted(...names: string[]): this {
    return this.#each(names, (who) => ({ do: 'upload', who, variant: 0 }))
  }
  uploads(who: string, { variant = 0, round = 0 }: { variant?: number; round?: RoundOffset } = {}): this {
    return this.#do({ do: 'upload', who, variant, round })
  }
  rejected(...names: string[]): this {
    return this.#each(names, (who) => ({ do: 'reject', who }))
  }
  failed(who: string, round: RoundOffset = 0): this {
    return this.#do({ do: 'fail', who, round })
  }
  left(...names: string[]): this {
    return this.#each(names, (who) => ({ do: 'leave', who }))
  }
  aggregated(round: RoundOffset = 0): this {
    return this.#do({ do: 'aggregated', round })
  }
  aggregationFailed(): this {
    return this.#do({ do: 'aggregationFailed' })
  }
  evaluated(round: RoundOffset = 0): this {
    return this.#do({ do: 'evaluated', round })
  }
  evaluationFailed(): this {
    return this.#do({ do: 'evaluationFailed' })
  }

  // What is expected

  expectPhase(phase: RunState['phase'], round = this.state.round): this {
    expect({ phase: this.state.phase, round: this.state.round }).toEqual({ phase, round })
    return this
  }
  /** The last event was refused with this code, or taken (null). */
  expectRefusal(code: ErrorCode | null): this {
    expect(this.world.last.refusal?.code ?? null).toBe(code)
    return this
  }
  /** The last event changed nothing and was not refused. */
  expectIgnored(): this {
    expect(this.world.last).toMatchObject({ effects: [], log: [], refusal: null })
    return this
  }
  expectMembers(statuses: Record<string, RoundMember['status']>): this {
    expect(Object.fromEntries(this.open.members.map(({ name, status }) => [name, status]))).toEqual(statuses)
    return this
  }
  expectMember(name: string, part: Partial<RoundMember>): this {
    expect(this.open.members.find((m) => m.name === name)).toMatchObject(part)
    return this
  }
  expectOpen(part: Partial<OpenRound>): this {
    expect(this.open).toMatchObject(part)
    return this
  }
  /** The effects of the last event, in their order. */
  expectEffects(...types: Effect['type'][]): this {
    expect(this.world.last.effects.map(({ type }) => type)).toEqual(types)
    return this
  }
  effect<Type extends Effect['type']>(type: Type): Extract<Effect, { type: Type }> {
    const found = this.world.last.effects.filter((effect): effect is Extract<Effect, { type: Type }> => effect.type === type)
    if (found.length !== 1) throw new Error(`${found.length} effects ${type}`)
    return found[0] as Extract<Effect, { type: Type }>
  }
  /** Names of those whom the last event told to work, or to stop. */
  expectTold(type: 'assign' | 'withdraw', ...names: string[]): this {
    expect(this.effect(type).members.map(({ name }) => name)).toEqual(names)
    return this
  }
  /** The newest log entry of this type. */
  logged<Type extends RunEventType>(type: Type): LogData<Type> {
    const found = this.world.log.findLast((entry) => entry.type === type)
    if (found === undefined) throw new Error(`nothing logged as ${type}`)
    return found.data as LogData<Type>
  }
  expectLog(...types: RunEventType[]): this {
    expect(this.world.last.log.map(({ type }) => type)).toEqual(types)
    return this
  }
  /** Names of those who counted in the last closed round. */
  expectCounted(...names: string[]): this {
    expect(this.logged('round.closed').counted.map(({ name }) => name)).toEqual(names)
    return this
  }
  expectFailure(code: ErrorCode, part: Record<string, unknown> = {}): this {
    if (this.state.phase !== 'failed' && this.state.phase !== 'cancelled') throw new Error(`the run is ${this.state.phase}`)
    expect(this.state.failure).toMatchObject({ code, ...part })
    expect(this.state.failure.message).not.toMatch(/[{}?]/)
    expect(this.state.failure.nextStep).not.toBe('')
    return this
  }
  expectAllowed(...actions: MachineEventType[]): this {
    expect([...allowedRunActions(this.state)].sort()).toEqual([...actions].sort())
    return this
  }
  /** Seconds since the beginning at which the timer would fire. */
  expectSecondsLeft(seconds: number): this {
    expect((this.open.deadlineAt - this.world.now) / 1000).toBe(seconds)
    return this
  }

  #do(command: Command): this {
    perform(this.world, command)
    return this
  }
  #each(names: readonly string[], command: (name: string) => Command): this {
    for (const name of names) perform(this.world, command(name))
    return this
  }
}

export const idOf = (name: string) => member(name).id
