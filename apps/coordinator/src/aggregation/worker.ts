import type { FinishRequest, FinishResult, FoldRequest } from './round-fold.ts'

// By import(), see docs/decisions/0006-threads-load-by-import.md.
const folds = import('./round-fold.ts').then(({ RoundFolds }) => new RoundFolds())

/** Entry points of the one aggregation thread; it keeps the running sums between calls. */
export const advance = async (request: FoldRequest): Promise<{ folded: number }> => (await folds).advance(request)
export const finish = async (request: FinishRequest): Promise<FinishResult> => (await folds).finish(request)
export const forget = async (run: string): Promise<void> => (await folds).forget(run)
