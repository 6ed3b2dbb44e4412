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
    filename: new URL('./worker.cjs', import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
    // A run's requests build on each other: one that came before the thread was ready must not go behind the next.
    stricterFIFO: true,
    // An idle thread must not be ended: it holds the sums.
    idleTimeout: Number.POSITIVE_INFINITY,
    // The sum lies outside the heap, and what a call leaves behind is small: a few MB spare the tens that V8 would let grow.
    resourceLimits: { maxYoungGenerationSizeMb: 3 },
  })
  return {
    advance: (request) => pool.run(request, { name: 'advance' }),
    finish: (request) => pool.run(request, { name: 'finish' }),
    forget: (run) => pool.run(run, { name: 'forget' }),
    close: () => pool.destroy(),
  }
}
