import { setImmediate as turn } from 'node:timers/promises'
import type { RunId } from '@tributary/protocol'
import type { View } from '../access/view.ts'
import type { RunRecord, Store } from '../storage/store.ts'
import type { StoredRound } from '../storage/stored-round.ts'
import { Histories } from './histories.ts'
import { PackedRounds } from './pack-rounds.ts'
import { presentRounds } from './presented.ts'

/** Rounds that are read and parsed before others have their turn: an account of a hundred participants has 50 kB. */
const SLICE = 20
async function* slices(store: Store, run: RunId, after: number): AsyncGenerator<StoredRound[]> {
  for (let last = after; ; ) {
    const rounds = await store.rounds(run, { after: last, limit: SLICE })
    if (rounds.length > 0) yield rounds
    if (rounds.length < SLICE) return
    last = rounds.at(-1)?.open.number ?? last
    await turn()
  }
}

/** Rounds of runs that are over, as columns; what was read once is kept, and only what came since is read. */
export const roundHistories = (store: Store): Histories<PackedRounds> =>
  new Histories(async (run, before) => {
    const packed = before?.withoutNewest() ?? new PackedRounds()
    for await (const rounds of slices(store, run, packed.lastRound)) for (const round of rounds) packed.add(round)
    return packed
  })

/** All rounds as JSON, as this reader may know them: 30 MB for a thousand rounds of a hundred participants, told piece by piece. */
export async function* roundsAsText(store: Store, run: RunRecord, view: View): AsyncGenerator<string> {
  let before = '['
  const piece = (rounds: readonly object[]) => rounds.map((round) => JSON.stringify(round)).join(',')
  for await (const rounds of slices(store, run.id, 0)) {
    yield before + piece(presentRounds(run, rounds, view).slice(0, rounds.length))
    before = ','
  }
  const open = presentRounds(run, [], view)
  yield open.length === 0 ? `${before === '[' ? '[' : ''}]` : `${before}${piece(open)}]`
}
