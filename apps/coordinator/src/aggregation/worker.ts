import { type FinishRequest, type FinishResult, type FoldRequest, RoundFolds } from './round-fold.ts'

const folds = new RoundFolds()

/** Tasks of the one aggregation thread; it keeps the running sums between them. */
export const advance = (request: FoldRequest): { folded: number } => folds.advance(request)
export const finish = (request: FinishRequest): FinishResult => folds.finish(request)
export const forget = (run: string): void => folds.forget(run)
