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
  tensors: readonly TensorSpec[]
  sum: WeightedSum
  folded: string[]
}

/**
 * The running sums of the runs that are under way. Lives in the aggregation worker; lost sums are refolded from disk.
 * A run keeps its sum's memory from round to round: what a collector frees in its own time would pile up beside the next sum.
 */
export class RoundFolds {
  readonly #runs = new Map<string, Progress>()

  /** Folds the steps that are not folded yet. A step that broke leaves no half sum behind. */
  advance(request: FoldRequest): { folded: number } {
    const { run, steps } = request
    const { sum, folded } = this.#progress(request)
    try {
      for (const { file, weight, sha256 } of steps.slice(folded.length)) {
        readContainerFile(file, sum.fold(weight))
        folded.push(sha256)
      }
    } catch (error) {
      this.#runs.delete(run)
      throw error
    }
    return { folded: folded.length }
  }

  /** Folds the rest, makes the new model and writes it. */
  finish(request: FinishRequest): FinishResult {
    this.advance(request)
    const progress = this.#runs.get(request.run) as Progress
    const { sum } = progress
    try {
      const before = request.strategy.form === 'gradients' ? readModelFile(request.modelFile) : []
      const model = fedAvgStep(sum, before, request.strategy)
      const notFinite = firstNotFinite(model)
      if (notFinite !== null) return { ok: false, notFinite }
      return { ok: true, ...writeModelFile(request.outputFile, model) }
    } finally {
      // The sum is spent by the mean: a repetition after a crash folds anew.
      begin(progress, request.round)
    }
  }

  forget(run: string): void {
    this.#runs.delete(run)
  }

  /** Of this round, with no step folded that the request does not begin with. */
  #progress({ run, round, tensors, steps }: FoldRequest): Progress {
    const progress = this.#runs.get(run)
    if (progress === undefined || !sameTensors(progress.tensors, tensors)) {
      const fresh = { round, tensors, sum: new WeightedSum(tensors), folded: [] }
      this.#runs.set(run, fresh)
      return fresh
    }
    if (progress.round !== round || progress.folded.some((sha256, i) => sha256 !== steps[i]?.sha256)) begin(progress, round)
    return progress
  }
}

function begin(progress: Progress, round: number): void {
  progress.round = round
  progress.sum.reset()
  progress.folded = []
}

const sameTensors = (a: readonly TensorSpec[], b: readonly TensorSpec[]): boolean => JSON.stringify(a) === JSON.stringify(b)
