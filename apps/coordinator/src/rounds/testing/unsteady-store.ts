import type { RunCommit, Store } from '../../storage/store.ts'

/** A store whose database goes away, or loses the answer of a commit, when a test says so. */
export interface Unsteady {
  readonly over: (real: Store) => Store
  /** Asked before each commit: for how many milliseconds the database is away from now on; 0 lets it through. */
  awayFor: (commit: RunCommit) => number
  /** Asked after each commit: true loses its answer. */
  losesAnswer: (commit: RunCommit) => boolean
  away(milliseconds: number): void
}

export function unsteadyStore(): Unsteady {
  let until = 0
  const refuseIfAway = () => {
    if (performance.now() < until) throw new Error('the database is away')
  }
  const unsteady: Unsteady = {
    awayFor: () => 0,
    losesAnswer: () => false,
    away: (milliseconds) => {
      until = performance.now() + milliseconds
    },
    over: (real) => {
      const commitRun: Store['commitRun'] = async (commit) => {
        const milliseconds = unsteady.awayFor(commit)
        if (milliseconds > 0) unsteady.away(milliseconds)
        refuseIfAway()
        const answer = await real.commitRun(commit)
        if (unsteady.losesAnswer(commit)) throw new Error('the connection broke in COMMIT')
        return answer
      }
      return new Proxy(real, {
        get: (target, name) => {
          const value: unknown = name === 'commitRun' ? commitRun : Reflect.get(target, name)
          if (typeof value !== 'function') return value
          return async (...args: unknown[]): Promise<unknown> => {
            refuseIfAway()
            return value.apply(target, args)
          }
        },
      })
    },
  }
  return unsteady
}
