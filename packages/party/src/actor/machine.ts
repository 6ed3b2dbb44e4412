import type { VerticalEffect, VerticalMachineEvent, VerticalSurroundings, VerticalTransition } from '@tributary/federation'
import type { Manifest } from '@tributary/protocol'

/** What a run starts from: the manifest that all have signed. */
export interface MachineStart {
  readonly me: string
  readonly manifest: Manifest
  /** SHA-256 of the manifest's canonical JSON. */
  readonly run: string
}

/**
 * A pure machine as the actor drives it: a data party's or the key service's. States survive JSON without loss
 * (bigints as decimal strings, vectors as arrays of numbers) and hold no bulk.
 */
export interface Machine<State> {
  /** May draw secrets (the scalar of the alignment); it is called once for a run and its answer is persisted. */
  initial(start: MachineStart): State
  transition(state: State, event: VerticalMachineEvent, around: VerticalSurroundings): VerticalTransition<State>
  /** What must be asked again after a restart: jobs and timers. Messages are resent by the actor. */
  recovery(state: State, around: VerticalSurroundings): readonly VerticalEffect[]
}
