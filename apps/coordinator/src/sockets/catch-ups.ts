import type { RunId } from '@tributary/protocol'

/** Brings one run's missed events. It stops when `isWanted` says no more: a newer one has taken its place. */
export type CatchUp = (isWanted: () => boolean) => Promise<void>

export interface CatchUps {
  /** Has its turn after those of other runs; takes the place of the one of the same run. */
  add(run: RunId, catchUp: CatchUp): void
  drop(run: RunId): void
}

/** What one connection has missed: one run at a time, so that a connection holds one slice in memory. */
export function catchUps(onError: (error: unknown) => void): CatchUps {
  const wanted = new Map<RunId, CatchUp>()
  let isWorking = false
  const work = async (): Promise<void> => {
    isWorking = true
    // A map's iteration comes to what is added meanwhile.
    for (const [run, catchUp] of wanted) {
      const isWanted = (): boolean => wanted.get(run) === catchUp
      await catchUp(isWanted).catch(onError)
      if (isWanted()) wanted.delete(run)
    }
    isWorking = false
  }
  return {
    add: (run, catchUp) => {
      // Set again without this, it would keep a turn that is over.
      wanted.delete(run)
      wanted.set(run, catchUp)
      if (!isWorking) void work()
    },
    drop: (run) => void wanted.delete(run),
  }
}
