import { Piscina } from 'piscina'
import type { FinishRequest, FinishResult, FoldRequest } from './round-fold.ts'

/** Aggregation off the main loop. */
export interface Aggregator {
  advance(request: FoldRequest): Promise<{ folded: number }>
  finish(request: FinishRequest): Promise<FinishResult>
  forget(run: string): Promise<void>
  close(): Promise<void>
}

/** One thread, so that the running sums have one home; it folds while the main loop serves sockets. */
export function createAggregator(): Aggregator {
  const pool = new Piscina({
    filename: new URL('./worker.ts', import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
    // An idle thread must not be ended: it holds the sums.
    idleTimeout: Number.POSITIVE_INFINITY,
  })
  return {
    advance: (request) => pool.run(request, { name: 'advance' }),
    finish: (request) => pool.run(request, { name: 'finish' }),
    forget: (run) => pool.run(run, { name: 'forget' }),
    close: () => pool.destroy(),
  }
}
