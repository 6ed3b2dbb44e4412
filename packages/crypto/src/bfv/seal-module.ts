import { initialize, type MainModule } from 'node-seal'

export type * from 'node-seal'

let loaded: Promise<MainModule> | undefined

/** SEAL of this thread; compiled once, about 25 ms. */
export function loadSeal(): Promise<MainModule> {
  loaded ??= initialize()
  return loaded
}
