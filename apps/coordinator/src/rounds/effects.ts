import { join } from 'node:path'
import {
  brokenAggregation,
  brokenEvaluation,
  type Effect,
  foldPlan,
  type MachineEvent,
  type OpenRound,
  type RunState,
  rawWeight,
} from '@tributary/federation'
import { modelSpecification } from '@tributary/models/specification'
import { type RunId, TributaryError } from '@tributary/protocol'
import type { Aggregator } from '../aggregation/aggregator.ts'
import type { FoldRequest } from '../aggregation/round-fold.ts'
import type { Evaluator } from '../evaluation/evaluator.ts'
import type { Blobs } from '../storage/blobs.ts'
import type { RunRecord } from '../storage/store.ts'
import type { ParticipantGateway } from './participant-gateway.ts'
import { roundTask } from './round-task.ts'
import type { WakeTimers } from './wake-timers.ts'

export interface EffectDeps {
  blobs: Blobs
  aggregator: Aggregator
  evaluator: Evaluator
  gateway: ParticipantGateway
  timers: WakeTimers
  /** Gives an answer back to the machine. */
  answer: (run: RunId, event: MachineEvent) => void
  onError: (error: unknown, what: string, run: RunId) => void
}

/** Does what a durable step asks for. Every effect may be done twice: after a kill it is. */
export class EffectRunner {
  readonly #deps: EffectDeps

  constructor(deps: EffectDeps) {
    this.#deps = deps
  }

  perform(record: RunRecord, effects: readonly Effect[]): void {
    for (const effect of effects) this.#one(record, effect)
  }

  #one(record: RunRecord, effect: Effect): void {
    const { gateway, timers, answer } = this.#deps
    const run = record.id
    switch (effect.type) {
      case 'assign':
        for (const { id } of effect.members) {
          const task = roundTask(record.state, id)
          if (task !== null) gateway.task(id, task)
        }
        return
      case 'withdraw':
        for (const { id } of effect.members) gateway.taskWithdrawn(id, { run, round: effect.round, error: effect.error.toBody() })
        return
      case 'wake':
        timers.set(run, effect.at, () => answer(run, { type: 'tick' }))
        return
      case 'fold':
        this.#background(this.#fold(record, effect.open), 'folding', run)
        return
      case 'aggregate':
        this.#background(this.#aggregate(record, effect.open), 'aggregating', run)
        return
      case 'evaluate':
        this.#background(this.#evaluate(record, effect.round, effect.modelSha256), 'evaluating', run)
        return
      case 'roundClosed': {
        const { open, modelSha256, metrics } = effect
        const counted = new Set(open.members.filter(({ update }) => update !== null).map(({ id }) => id))
        gateway.roundClosed(
          record.federation,
          { run, round: open.number, modelSha256, counted: false, metrics: { ...metrics } },
          counted,
        )
        this.#background(this.#dropUpdates(open), 'sweeping', run)
        return
      }
      case 'ended':
        this.#ended(record, effect.state)
        return
    }
  }

  /** Work ahead while others still train. A fold that breaks is not fatal: the aggregation folds anew and reports. */
  async #fold(record: RunRecord, open: OpenRound): Promise<void> {
    const request = this.#foldRequest(record, open, false)
    if (request.steps.length > 0) await this.#deps.aggregator.advance(request)
  }

  async #aggregate(record: RunRecord, open: OpenRound): Promise<void> {
    const { aggregator, blobs, answer } = this.#deps
    const run = record.id
    const round = open.number
    try {
      const outputFile = join(blobs.stagingFolder, `model-${run}-${round}.part`)
      const request = this.#foldRequest(record, open, true)
      const result = await aggregator.finish({
        ...request,
        strategy: record.config.strategy,
        modelFile: blobs.file(open.modelSha256),
        outputFile,
      })
      if (!result.ok) {
        answer(run, {
          type: 'aggregationFailed',
          round,
          error: new TributaryError('run_diverged', { round, tensor: result.notFinite }),
        })
        return
      }
      await blobs.adopt(outputFile, result.sha256)
      answer(run, { type: 'aggregated', round, sha256: result.sha256 })
    } catch (error) {
      this.#deps.onError(error, 'aggregating', run)
      answer(run, { type: 'aggregationFailed', round, error: brokenAggregation(round, (error as Error).message) })
    }
  }

  async #evaluate(record: RunRecord, round: number, modelSha256: string): Promise<void> {
    const { evaluator, blobs, answer } = this.#deps
    try {
      const metrics = await evaluator.evaluate(record.config.model, blobs.file(modelSha256))
      answer(record.id, { type: 'evaluated', round, metrics })
    } catch (error) {
      this.#deps.onError(error, 'evaluating', record.id)
      answer(record.id, { type: 'evaluationFailed', round, error: brokenEvaluation(round, (error as Error).message) })
    }
  }

  #foldRequest(record: RunRecord, open: OpenRound, closed: boolean): FoldRequest {
    const { strategy, model } = record.config
    return {
      run: record.id,
      round: open.number,
      tensors: modelSpecification(model).tensors,
      steps: foldPlan(open, closed).map(({ participant, update }) => ({
        participant,
        sha256: update.sha256,
        file: this.#deps.blobs.file(update.sha256),
        weight: rawWeight(update.samples, strategy.weighting),
      })),
    }
  }

  /** The round's model is durable: its updates have done their work. A kill before this leaves them to the sweep at start. */
  async #dropUpdates(open: OpenRound): Promise<void> {
    for (const { update } of open.members) if (update !== null) await this.#deps.blobs.remove(update.sha256)
  }

  #ended(record: RunRecord, state: RunState): void {
    if (state.phase !== 'completed' && state.phase !== 'failed' && state.phase !== 'cancelled') return
    const error = 'failure' in state ? state.failure : null
    this.#deps.gateway.runEnded(record.federation, { run: record.id, phase: state.phase, modelSha256: state.modelSha256, error })
    this.#background(this.#deps.aggregator.forget(record.id), 'forgetting', record.id)
  }

  #background(work: Promise<void>, what: string, run: RunId): void {
    work.catch((error) => this.#deps.onError(error, what, run))
  }
}
