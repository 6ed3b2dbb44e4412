import { type Aggregator, type Store, startCoordinator } from '@tributary/coordinator'

/**
 * A coordinator as its own process, which can kill itself at a given point of a given round, as no polling test could.
 * Argument: JSON of CoordinatorProcessOptions. Prints one line of JSON when it listens.
 */
export type KillPoint =
  | 'update-before-commit'
  | 'update-after-commit'
  | 'aggregate-before'
  | 'aggregate-after'
  | 'evaluate-before'
  | 'close-before-commit'
  | 'close-after-commit'

export interface CoordinatorProcessOptions {
  dataDir: string
  port: number
  kill?: { point: KillPoint; occurrence: number }
}

const { dataDir, port, kill } = JSON.parse(process.argv[2] ?? 'null') as CoordinatorProcessOptions
let seen = 0

function pass(point: KillPoint): void {
  if (kill?.point !== point) return
  seen += 1
  if (seen === kill.occurrence) process.kill(process.pid, 'SIGKILL')
}

const aggregator = (real: Aggregator): Aggregator => ({
  ...real,
  finish: async (request) => {
    pass('aggregate-before')
    const result = await real.finish(request)
    pass('aggregate-after')
    return result
  },
})

const store = (real: Store): Store =>
  new Proxy(real, {
    get(target, key) {
      const value = Reflect.get(target, key) as unknown
      if (typeof value !== 'function') return value
      if (key !== 'commitRun') return value.bind(target)
      return async (commit: Parameters<Store['commitRun']>[0]) => {
        // A commit may hold several updates: each is an occurrence.
        const points = [
          ...(commit.updates ?? []).map(() => 'update' as const),
          ...(commit.round === undefined ? [] : ['close' as const]),
        ]
        for (const point of points) pass(`${point}-before-commit`)
        const result = await target.commitRun(commit)
        for (const point of points) pass(`${point}-after-commit`)
        return result
      }
    },
  })

const evaluator = {
  evaluate: async () => {
    pass('evaluate-before')
    return { rounds: 1 }
  },
  close: async () => {},
}

const running = await startCoordinator({ host: '127.0.0.1', port, dataDir, logLevel: 'warn' }, { aggregator, store, evaluator })
process.stdout.write(`${JSON.stringify({ url: running.url, port: running.port, adminToken: running.adminToken })}\n`)
process.on('SIGTERM', () => {
  running.close().then(
    () => process.exit(0),
    () => process.exit(1),
  )
})
