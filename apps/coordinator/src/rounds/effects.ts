import { join } from 'node:path'
import {
  brokenAggregation,
  brokenEvaluation,
  type Effect,
  foldPlan,
  type MachineEvent,
  type OpenRound,
  openRoundOf,
  type RunState,
  rawWeight,
} from '@tributary/federation'
import { modelSpecification } from '@tributary/models/specification'
import { type ErrorBody, type RunId, TributaryError } from '@tributary/protocol'
import { errorInView, WITHHELD } from '../access/masked-text.ts'
import type { Aggregator } from '../aggregation/aggregator.ts'
import type { FoldRequest } from '../aggregation/round-fold.ts'
import { type Evaluator, noEvaluator } from '../evaluation/evaluator.ts'
import { measuredMetrics } from '../evaluation/measured-metrics.ts'
import type { Blobs } from '../storage/blobs.ts'
import type { RunRecord } from '../storage/store.ts'
import { FoldAhead } from './fold-ahead.ts'
import type { ParticipantGateway } from './participant-gateway.ts'
import { roundTask } from './round-task.ts'
import type { WakeTimers } from './wake-timers.ts'

export interface EffectDeps {
  blobs: Blobs
  aggregator: Aggregator
  evaluator: Evaluator
  gateway: ParticipantGateway
  timers: WakeTimers
  /** Gives an answer back to the machine; resolves when it has it, and never rejects. */
  answer: (run: RunId, event: MachineEvent) => Promise<void>
  onError: (error: unknown, what: string, run: RunId) => void
}

/** Does what a durable step asks for. Every effect may be done twice: after a kill it is. */
export class EffectRunner {
  readonly #deps: EffectDeps
  readonly #foldAhead: FoldAhead
  /** Work of which the machine has no answer yet. */
  readonly #underWay = new Set<string>()

  constructor(deps: EffectDeps) {
    this.#deps = deps
    this.#foldAhead = new FoldAhead(
      (request) => deps.aggregator.advance(request),
      (error, run) => deps.onError(error, 'folding', run),
    )
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
        for (const { id } of effect.members)
          gateway.taskWithdrawn(id, { run, round: effect.round, error: forPeers(effect.error.toBody(), record.state) })
        return
      case 'wake':
        timers.set(run, effect.at, () => void answer(run, { type: 'tick' }))
        return
      case 'fold':
        this.#foldAhead.want(run, () => this.#foldRequest(record, effect.open, false))
        return
      case 'aggregate':
        this.#once(`aggregate ${run} ${effect.open.number}`, 'aggregating', run, () => this.#aggregate(record, effect.open))
        return
      case 'evaluate':
        // Answered in the same batch: see #aggregate.
        if (this.#deps.evaluator === noEvaluator && record.state.phase !== 'evaluating') return
        this.#once(`evaluate ${run} ${effect.round} ${effect.modelSha256}`, 'evaluating', run, () =>
          this.#evaluate(record, effect.round, effect.modelSha256),
        )
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

  async #aggregate(record: RunRecord, open: OpenRound): Promise<void> {
    const { aggregator, blobs, evaluator, answer } = this.#deps
    const run = record.id
    const round = open.number
    try {
      // A folding that came after the sum is spent would begin it anew from updates that are gone.
      await this.#foldAhead.end(run)
      const outputFile = join(blobs.stagingFolder, `model-${run}-${round}.part`)
      const request = this.#foldRequest(record, open, true)
      const result = await aggregator.finish({
        ...request,
        strategy: record.config.strategy,
        modelFile: blobs.file(open.modelSha256),
        outputFile,
      })
      if (!result.ok) {
        const error = new TributaryError('run_diverged', { round, tensor: result.notFinite })
        await answer(run, { type: 'aggregationFailed', round, error })
        return
      }
      await blobs.adopt(outputFile, result.sha256)
      const told = answer(run, { type: 'aggregated', round, sha256: result.sha256 })
      // Nothing to wait for: both are written in one commit.
      if (evaluator === noEvaluator) await answer(run, { type: 'evaluated', round, metrics: {} })
      await told
    } catch (error) {
      this.#deps.onError(error, 'aggregating', run)
      await answer(run, { type: 'aggregationFailed', round, error: brokenAggregation(round, (error as Error).message) })
    }
  }

  async #evaluate(record: RunRecord, round: number, modelSha256: string): Promise<void> {
    const { evaluator, blobs, answer } = this.#deps
    try {
      const metrics = measuredMetrics(await evaluator.evaluate(record.config.model, blobs.file(modelSha256)))
      await answer(record.id, { type: 'evaluated', round, metrics })
    } catch (error) {
      this.#deps.onError(error, 'evaluating', record.id)
      await answer(record.id, { type: 'evaluationFailed', round, error: brokenEvaluation(round, (error as Error).message) })
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
    const error = 'failure' in state ? forPeers(state.failure, state) : null
    this.#deps.gateway.runEnded(record.federation, { run: record.id, phase: state.phase, modelSha256: state.modelSha256, error })
    const forget = async (): Promise<void> => {
      await this.#foldAhead.end(record.id)
      await this.#deps.aggregator.forget(record.id)
    }
    this.#background(forget(), 'forgetting', record.id)
  }

  /** Begun again while it goes on, as after a doubt about what is stored, it would write the same file twice. */
  #once(key: string, what: string, run: RunId, work: () => Promise<void>): void {
    if (this.#underWay.has(key)) return
    this.#underWay.add(key)
    this.#background(
      work().finally(() => this.#underWay.delete(key)),
      what,
      run,
    )
  }

  #background(work: Promise<void>, what: string, run: RunId): void {
    work.catch((error) => this.#deps.onError(error, what, run))
  }
}

/** Participants are not told who the others are, and why those failed. */
function forPeers({ code, message, nextStep, retryable, party, phase, details }: ErrorBody, state: RunState): ErrorBody {
  const names = openRoundOf(state)?.members.map(({ name }) => name) ?? []
  const error = { code, message, nextStep, retryable, party, phase, details }
  return errorInView(error, names, { whole: false, name: () => WITHHELD, id: (id) => id, single: () => false })
}
