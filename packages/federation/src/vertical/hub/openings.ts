import type { VerticalOpenings } from '@tributary/protocol'
import { type HubRunState, partyOf } from './state.ts'

const opens = ({ role }: { role: string }): boolean => role !== 'key-service'

/**
 * What the key service opened for each data party of a run: in this run, and in all runs in which it met any of this run's other data
 * parties. Nobody but the parties can tell whether runs were on the same rows (ids stay hidden, and the masked lists differ by run),
 * so all of them count: the total is never below the true one. Parties are the same by their keys' fingerprints, not by name.
 * @param runs all runs of the hub, this one among them
 */
export function openingsOver(run: HubRunState, runs: readonly HubRunState[]): VerticalOpenings {
  const parties = run.parties.filter(opens)
  return parties.map(({ name, fingerprint }) => {
    const others = new Set(parties.map((party) => party.fingerprint).filter((one) => one !== fingerprint))
    const total = { runs: 0, numbers: 0, quota: 0 }
    for (const one of runs) {
      const me = one.parties.find((party) => opens(party) && party.fingerprint === fingerprint)
      const counted = me === undefined ? undefined : one.openings[me.name]
      if (counted === undefined || !one.parties.some((party) => opens(party) && others.has(party.fingerprint))) continue
      total.runs += 1
      total.numbers += counted.numbers
      total.quota += counted.numbers + counted.quotaLeft
    }
    const { numbers, quotaLeft } = run.openings[name] ?? { numbers: 0, quotaLeft: null }
    const quota = quotaLeft === null ? null : numbers + quotaLeft
    return { party: name, features: partyOf(run, name)?.features ?? null, numbers, quota, overRuns: total }
  })
}
