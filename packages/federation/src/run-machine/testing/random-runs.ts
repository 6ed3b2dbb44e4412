import type { RunConfigInput } from '@tributary/protocol'
import fc from 'fast-check'
import { runConfig } from './cast.ts'
import { type Command, perform, type RoundOffset } from './commands.ts'
import type { Machine } from './invariants.ts'
import { World } from './world.ts'

export interface RandomRun {
  readonly config: Pick<RunConfigInput, 'rounds' | 'patienceSeconds' | 'selection' | 'strategy'>
  /** Everybody who is connected when the run is created. */
  readonly present: readonly string[]
  readonly commands: readonly Command[]
}

const CAST = ['a', 'b', 'c', 'd', 'e', 'f'] as const

const config = fc.record({
  rounds: fc.integer({ min: 1, max: 3 }),
  patienceSeconds: fc.constantFrom(30, 0, 90),
  selection: fc.record({
    fraction: fc.constantFrom(1, 0.5, 0.34),
    minimum: fc.integer({ min: 1, max: 3 }),
    overSelection: fc.constantFrom(0, 0.5),
  }),
  strategy: fc.record({
    name: fc.constant('fedavg' as const),
    weighting: fc.constantFrom('samples' as const, 'uniform' as const),
  }),
})

function command(names: readonly string[]): fc.Arbitrary<Command> {
  const who = fc.constantFrom(...names)
  const round = fc.oneof(
    { weight: 8, arbitrary: fc.constant<RoundOffset>(0) },
    fc.constant<RoundOffset>(-1),
    fc.constant<RoundOffset>(1),
  )
  const of = <Name extends Command['do']>(...names: Name[]) => fc.constantFrom(...names)
  return fc.oneof(
    { weight: 10, arbitrary: fc.record({ do: of('upload'), who, variant: fc.constantFrom(0, 0, 1), round }) },
    { weight: 8, arbitrary: fc.record({ do: of('proceed') }) },
    { weight: 5, arbitrary: fc.record({ do: of('connect', 'disconnect'), who }) },
    { weight: 3, arbitrary: fc.record({ do: of('download', 'reject', 'fail'), who, round }) },
    { weight: 2, arbitrary: fc.record({ do: of('leave', 'exclude'), who }) },
    { weight: 4, arbitrary: fc.record({ do: of('wait', 'sleep', 'extend'), seconds: fc.constantFrom(1, 20, 60, 100) }) },
    { weight: 3, arbitrary: fc.record({ do: of('tick', 'start', 'pause', 'resume', 'restart') }) },
    { weight: 2, arbitrary: fc.record({ do: of('aggregated', 'evaluated'), round }) },
    { weight: 1, arbitrary: fc.record({ do: of('aggregationFailed', 'evaluationFailed'), round }) },
    { weight: 1, arbitrary: fc.record({ do: of('cancel') }) },
  )
}

/** 3 to 6 participants, most of them there from the beginning, and up to 120 events. */
export const randomRun: fc.Arbitrary<RandomRun> = fc.integer({ min: 3, max: 6 }).chain((size) => {
  const names = CAST.slice(0, size)
  return fc.record({
    config,
    present: fc.subarray(names, { minLength: 1 }),
    commands: fc.array(command(names), { maxLength: 120, size: 'max' }),
  })
})

/** Plays a run from its creation; `visit` sees the world after each command. */
export function play(run: RandomRun, machine?: Machine, visit?: (world: World) => void): World {
  const world = new World(runConfig(run.config), machine)
  for (const name of run.present) world.connect(name)
  perform(world, { do: 'start' })
  visit?.(world)
  for (const command of run.commands) {
    perform(world, command)
    visit?.(world)
  }
  return world
}
