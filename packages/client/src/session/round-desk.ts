import { type RoundTask, TributaryError } from '@tributary/protocol'
import type { ClientEvent } from '../client-event.ts'
import { Alarm } from '../timing/alarm.ts'
import type { Clock } from '../timing/clock.ts'
import { type Assignment, type AssignmentEffect, type AssignmentEvent, assign, isSameTask, noAssignment } from './assignment.ts'
import type { RoundOutcome, RoundWork } from './round-work.ts'

export interface RoundDeskOptions {
  readonly work: RoundWork
  readonly clock: Clock
  readonly emit: (event: ClientEvent) => void
  /** Tells the coordinator that a round is sat out. @throws TributaryError */
  readonly reportFailure: (task: RoundTask, error: TributaryError) => Promise<void>
  /** A refusal that ends the participation. */
  readonly onEnded: (error: TributaryError) => void
}

/** Carries out what assignment.ts decides, one round at a time. */
export class RoundDesk {
  readonly #options: RoundDeskOptions
  readonly #alarm = new Alarm()
  #assignment: Assignment = noAssignment
  #running: { readonly controller: AbortController; readonly settled: Promise<void> } | null = null
  /** A failure that the coordinator may not know of: asked again, it is told instead of training again. */
  #unreported: { readonly task: RoundTask; readonly error: TributaryError } | null = null
  #stopped = false

  constructor(options: RoundDeskOptions) {
    this.#options = options
  }

  handle(event: AssignmentEvent): void {
    if (this.#stopped && event.type === 'task') return
    if (event.type === 'withdrawn' || event.type === 'closed' || event.type === 'ended') this.#options.work.forget(event.run)
    const { state, effects } = assign(this.#assignment, event)
    this.#assignment = state
    for (const effect of effects) this.#carryOut(effect)
  }

  /** Ends the work and takes no more; resolves when nothing runs. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.handle({ type: 'stop' })
    // Also what counts already need not be waited for.
    this.#running?.controller.abort()
    await this.#running?.settled
  }

  /** Takes tasks again after stop. What was aborted or came meanwhile is forgotten: the coordinator has to be asked for it. */
  resume(): void {
    this.#stopped = false
  }

  #carryOut(effect: AssignmentEffect): void {
    if (effect.type === 'hurry') this.#alarm.ring()
    else if (effect.type === 'abort') this.#running?.controller.abort()
    else {
      const controller = new AbortController()
      this.#running = { controller, settled: this.#perform(effect.task, controller.signal) }
    }
  }

  async #perform(task: RoundTask, signal: AbortSignal): Promise<void> {
    const outcome = this.#untold(task) ?? (await this.#work(task, signal))
    await this.#conclude(task, outcome)
    this.#running = null
    const accepted =
      outcome.type === 'accepted' || (outcome.type === 'refused' && outcome.error.code === 'update_already_accepted')
    this.handle({ type: 'finished', accepted })
  }

  #untold(task: RoundTask): RoundOutcome | null {
    const untold = this.#unreported
    this.#unreported = null
    return untold !== null && isSameTask(untold.task, task) ? { type: 'failed', error: untold.error } : null
  }

  #work(task: RoundTask, signal: AbortSignal): Promise<RoundOutcome> {
    const { work, clock, emit } = this.#options
    const { run, round } = task
    emit({ type: 'task', task })
    const onRetry = (error: TributaryError, milliseconds: number) =>
      emit({ type: 'retry', run, round, error, retryInSeconds: milliseconds / 1000 })
    return work.run(task, { clock, signal, alarm: this.#alarm, onRetry })
  }

  async #conclude(task: RoundTask, outcome: RoundOutcome): Promise<void> {
    const { emit, onEnded } = this.#options
    const { run, round } = task
    switch (outcome.type) {
      case 'accepted':
        return emit({ type: 'uploaded', run, round, ...outcome.uploaded })
      case 'refused':
        return emit({ type: 'refused', run, round, error: outcome.error })
      case 'failed':
        emit({ type: 'trainingFailed', run, round, error: outcome.error })
        return this.#report(task, outcome.error)
      case 'ended':
        return onEnded(outcome.error)
      case 'aborted':
        return
    }
  }

  async #report(task: RoundTask, error: TributaryError): Promise<void> {
    try {
      await this.#options.reportFailure(task, error)
    } catch (refusal) {
      if (refusal instanceof TributaryError && refusal.retryable) this.#unreported = { task, error }
      else this.#options.emit({ type: 'error', error: asTributaryError(refusal) })
    }
  }
}

const asTributaryError = (error: unknown): TributaryError =>
  error instanceof TributaryError ? error : new TributaryError('unexpected', { reason: String(error) }, { cause: error })
