import { fedAvgStep, firstNotFinite, WeightedSum } from '@tributary/federation'
import type { StrategyConfig, TensorSpec } from '@tributary/protocol'
import { readContainerFile, readModelFile, writeModelFile } from './container-file.ts'

export interface FoldFile {
  participant: string
  sha256: string
  file: string
  weight: number
}

export interface FoldRequest {
  run: string
  round: number
  tensors: readonly TensorSpec[]
  /** In canonical order; grows from call to call, unless a participant was excluded. */
  steps: readonly FoldFile[]
}

export interface FinishRequest extends FoldRequest {
  strategy: StrategyConfig
  /** The model that the round started from. */
  modelFile: string
  outputFile: string
}

export type FinishResult = { ok: true; sha256: string; bytes: number } | { ok: false; notFinite: string }

interface Progress {
  round: number
  sum: WeightedSum
  folded: string[]
}

/** The running sums of the rounds that are open, one for each run. Lives in the aggregation worker; lost sums are refolded from disk. */
export class RoundFolds {
  readonly #runs = new Map<string, Progress>()

  /** Folds the steps that are not folded yet. A step that broke leaves no half sum behind. */
  advance({ run, round, tensors, steps }: FoldRequest): { folded: number } {
    let progress = this.#runs.get(run)
    const keys = steps.map(({ sha256 }) => sha256)
    if (progress === undefined || progress.round !== round || progress.folded.some((key, i) => key !== keys[i])) {
      progress = { round, sum: new WeightedSum(tensors), folded: [] }
      this.#runs.set(run, progress)
    }
    try {
      for (const { file, weight, sha256 } of steps.slice(progress.folded.length)) {
        readContainerFile(file, progress.sum.fold(weight))
        progress.folded.push(sha256)
      }
    } catch (error) {
      this.#runs.delete(run)
      throw error
    }
    return { folded: progress.folded.length }
  }

  /** Folds the rest, makes the new model and writes it. */
  async finish(request: FinishRequest): Promise<FinishResult> {
    this.advance(request)
    const { sum } = this.#runs.get(request.run) as Progress
    // The sum is spent by the mean: a repetition after a crash folds anew.
    this.#runs.delete(request.run)
    const before = request.strategy.form === 'gradients' ? await readModelFile(request.modelFile) : []
    const model = fedAvgStep(sum, before, request.strategy)
    const notFinite = firstNotFinite(model)
    if (notFinite !== null) return { ok: false, notFinite }
    return { ok: true, ...(await writeModelFile(request.outputFile, model)) }
  }

  forget(run: string): void {
    this.#runs.delete(run)
  }
}
