import type { MachineEvent, MachineEventType, Transition } from '../events.ts'
import type { RunState } from '../state.ts'
import { transition } from '../table.ts'
import { runConfig } from './cast.ts'
import { type Command, perform } from './commands.ts'
import type { Machine } from './invariants.ts'
import { World } from './world.ts'

/** What a cell of the table may do, as the page writes it. */
export function outcome(before: RunState, { state, refusal }: Transition): string {
  if (refusal !== null) return `✗ ${refusal.code}`
  if (state === before) return 'stays'
  return state.phase === before.phase ? 'changes' : `→ ${state.phase}`
}

export type Cells = Map<RunState['phase'], Map<MachineEventType, Set<string>>>

/** Plays every entry of the menu in every state of some stories, and notes what each cell did. */
export function probeCells(
  stories: readonly { minimum: number; rounds: number; commands: readonly Command[] }[],
  menu: readonly (readonly Command[])[],
): Cells {
  const cells: Cells = new Map()
  const noting: Machine = (state, event, around) => {
    const after = transition(state, event, around)
    const row = cells.get(state.phase) ?? new Map<MachineEventType, Set<string>>()
    const cell = row.get(event.type) ?? new Set<string>()
    cells.set(state.phase, row.set(event.type, cell.add(outcome(state, after))))
    return after
  }
  for (const { minimum, rounds, commands } of stories)
    for (let length = 0; length <= commands.length; length += 1)
      for (const probe of menu) {
        const world = new World(runConfig({ rounds, selection: { minimum } }), noting)
        for (const command of commands.slice(0, length)) perform(world, command)
        for (const command of probe) perform(world, command)
      }
  return cells
}

export const EVENT_TYPES: readonly MachineEventType[] = [
  'start',
  'available',
  'tick',
  'downloaded',
  'updateStored',
  'updateRefused',
  'trainingFailed',
  'left',
  'aggregated',
  'aggregationFailed',
  'evaluated',
  'evaluationFailed',
  'pause',
  'resume',
  'cancel',
  'extend',
  'exclude',
] satisfies MachineEvent['type'][]
