import { type ErrorCode, type ParticipantId, type Progress, type RoundTask, TributaryError } from '@tributary/protocol'
import type { Uploaded } from '../client-event.ts'
import type { HttpPeer } from '../http/exchange.ts'
import { uploadUpdate } from '../http/update-upload.ts'
import type { RetryOptions } from '../timing/retry.ts'
import { isSameTask } from './assignment.ts'
import type { ModelCache } from './model-cache.ts'
import { decodeModel } from './model-check.ts'
import { type TrainedUpdate, trainRound, type Workshop } from './train-round.ts'

export type RoundOutcome =
  | { readonly type: 'accepted'; readonly uploaded: Uploaded }
  /** The coordinator does not take it in this round. */
  | { readonly type: 'refused'; readonly error: TributaryError }
  | { readonly type: 'failed'; readonly error: TributaryError }
  | { readonly type: 'aborted' }
  /** Trying again mends nothing, in this round or in another. */
  | { readonly type: 'ended'; readonly error: TributaryError }

export interface WorkPlace {
  readonly peer: HttpPeer
  readonly models: ModelCache
  readonly workshop: Workshop
  readonly name: string
  readonly participant: ParticipantId
  readonly onProgress: (progress: Progress) => void
}

/** An update that is not acknowledged yet; asked for it again, it is not trained again. */
interface HeldUpdate {
  readonly task: RoundTask
  readonly update: TrainedUpdate
}

/** Codes that end a participation wherever they come from. */
const final: readonly ErrorCode[] = ['unauthenticated', 'participant_left', 'protocol_version_unsupported']
const endsParticipation = (error: TributaryError): boolean => final.includes(error.code)

/** One participant's work on rounds, one after the other; keeps the last model and the update that is under way. */
export class RoundWork {
  readonly #place: WorkPlace
  #held: HeldUpdate | null = null

  constructor(place: WorkPlace) {
    this.#place = place
  }

  /** Lets go of an update of this run that may have been asked for again. */
  forget(run: string): void {
    if (this.#held?.task.run === run) this.#held = null
  }

  /** Downloads, trains, sends; never rejects. */
  async run(task: RoundTask, retry: RetryOptions): Promise<RoundOutcome> {
    const held = this.#held !== null && isSameTask(this.#held.task, task) ? this.#held.update : null
    this.#held = null
    const update = held ?? (await this.#train(task, retry))
    if ('type' in update) return update
    this.#held = { task, update }
    const outcome = await this.#send(task, update, held !== null, retry)
    const mayBeAskedAgain = outcome.type === 'refused' && outcome.error.code === 'round_not_open'
    if (!mayBeAskedAgain) this.#held = null
    return outcome
  }

  async #train(task: RoundTask, retry: RetryOptions): Promise<TrainedUpdate | RoundOutcome> {
    const { models, workshop, participant, name, onProgress } = this.#place
    try {
      onProgress(at(task, 'downloading', 0))
      const bytes = await models.fetch(task, (fraction) => onProgress(at(task, 'downloading', fraction)), retry)
      return await trainRound(task, decodeModel(bytes, task), participant, workshop, onProgress, retry.signal)
    } catch (error) {
      if (retry.signal.aborted) return { type: 'aborted' }
      if (!(error instanceof TributaryError)) return { type: 'failed', error: trainingFailed(name, error) }
      if (endsParticipation(error)) return { type: 'ended', error }
      return { type: error.code === 'participant_excluded' ? 'refused' : 'failed', error }
    }
  }

  async #send(task: RoundTask, update: TrainedUpdate, resume: boolean, retry: RetryOptions): Promise<RoundOutcome> {
    const { peer, name, onProgress } = this.#place
    const { encoded, samples, report } = update
    const { sha256, bytes } = encoded
    const onOffset = (offset: number) => onProgress(at(task, 'uploading', offset / bytes.byteLength))
    try {
      const { repeated } = await uploadUpdate(
        peer,
        { run: task.run, round: task.round, update: encoded, resume, onOffset },
        retry,
      )
      const { loss, accuracy, seconds } = report
      return { type: 'accepted', uploaded: { sha256, bytes: bytes.byteLength, samples, loss, accuracy, seconds, repeated } }
    } catch (error) {
      if (retry.signal.aborted) return { type: 'aborted' }
      if (!(error instanceof TributaryError)) return { type: 'failed', error: trainingFailed(name, error) }
      return { type: endsParticipation(error) ? 'ended' : 'refused', error }
    }
  }
}

const trainingFailed = (participant: string, cause: unknown) =>
  new TributaryError(
    'training_failed',
    { participant, reason: cause instanceof Error ? cause.message : String(cause) },
    { cause },
  )

const at = ({ run, round }: RoundTask, phase: Progress['phase'], fraction: number): Progress => ({
  run,
  round,
  phase,
  fraction,
  samplesPerSecond: null,
  loss: null,
})
