import type { VerticalEffect, VerticalMachineEvent, VerticalSurroundings, VerticalTransition } from '../effects.ts'
import { keyServiceRecovery, keyServiceTransition, newKeyService } from '../key-service/machine.ts'
import type { KeyServiceState } from '../key-service/state.ts'
import { newParty, partyRecovery, partyTransition } from '../party/machine.ts'
import type { PartyState } from '../party/state.ts'

/** Any machine behind one face: states go through JSON as in a store. */
export interface AnyMachine {
  initial(scalar: string): string
  transition(state: string, event: VerticalMachineEvent, around: VerticalSurroundings): VerticalTransition<string>
  recovery(state: string, around: VerticalSurroundings): readonly VerticalEffect[]
}

type Transition<State> = (state: State, event: VerticalMachineEvent, around: VerticalSurroundings) => VerticalTransition<State>

function overJson<State>(
  initial: (scalar: string) => State,
  transition: Transition<State>,
  recovery: (state: State, around: VerticalSurroundings) => readonly VerticalEffect[],
): AnyMachine {
  // Written by the line below it: the store gives back what it was given.
  const read = (state: string) => JSON.parse(state) as State
  return {
    initial: (scalar) => JSON.stringify(initial(scalar)),
    transition(state, event, around) {
      const after = transition(read(state), event, around)
      return { ...after, state: JSON.stringify(after.state) }
    },
    recovery: (state, around) => recovery(read(state), around),
  }
}

export const partyMachine = (transition: Transition<PartyState> = partyTransition): AnyMachine =>
  overJson((scalar) => newParty({ scalar }), transition, partyRecovery)
export const keyServiceMachine = (transition: Transition<KeyServiceState> = keyServiceTransition): AnyMachine =>
  overJson(newKeyService, transition, keyServiceRecovery)
