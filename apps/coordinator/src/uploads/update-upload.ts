import type { Readable } from 'node:stream'
import { modelSpecification } from '@tributary/models/specification'
import {
  type FederationId,
  MAX_HEADER_BYTES,
  type ParticipantId,
  type RunId,
  TributaryError,
  type UpdateReceipt,
  valuesBytes,
} from '@tributary/protocol'
import type { CoordinatorRunEngine } from '../rounds/engine.ts'
import type { Blobs } from '../storage/blobs.ts'
import type { RunRecord } from '../storage/store.ts'
import type { UploadFiles, UploadKey } from './upload-files.ts'
import type { UpdateValidator } from './validator.ts'

export interface UploadRequest {
  run: RunId
  round: number
  participant: ParticipantId
  /** The participant's: runs of others are not there for it. */
  federation: FederationId
  sha256: string
  /** Length of the whole container. */
  bytes: number
  /** Where this call's bytes begin. */
  offset: number
}

export interface UploadDeps {
  engine: CoordinatorRunEngine
  blobs: Blobs
  files: UploadFiles
  validator: UpdateValidator
}

interface UnderWay {
  readonly sha256: string
  readonly work: Promise<UpdateReceipt>
  /** Ends its connection, unless all of it has arrived. */
  readonly end: () => void
}

/** A header names each tensor; more than this beside the values is no update of ours. */
const headerAllowance = (tensors: number): number => Math.min(MAX_HEADER_BYTES, 4_096 + 512 * tensors)

/** An update's way in: admitted, received, validated whole, durable, counted, acknowledged; in this order. */
export class UpdateUpload {
  readonly #deps: UploadDeps
  /** Uploads that are complete and being counted, by their file: nobody may write it again. */
  readonly #counting = new Map<string, Promise<UpdateReceipt>>()
  /** Of each participant's part in a round the newest upload under way. */
  readonly #underWay = new Map<string, UnderWay>()

  constructor(deps: UploadDeps) {
    this.#deps = deps
  }

  /** Bytes that need not be sent again. */
  async offset(request: UploadRequest): Promise<number> {
    const { admission } = await this.#admission(request)
    if (admission.kind === 'repeated') return request.bytes
    if (admission.kind === 'refused') throw admission.error
    return this.#deps.files.received(request)
  }

  /**
   * Takes bytes from `offset` on; with the last of them the update is validated and counted.
   * @throws TributaryError with the reason of a refusal; it is in the run's event log too
   */
  async receive(request: UploadRequest, body: Readable): Promise<UpdateReceipt> {
    // Nobody reads it yet, and its peer may go away or a newer one end it.
    body.on('error', () => {})
    try {
      return await this.#receive(request, body)
    } catch (error) {
      if (error instanceof TributaryError && !isResumable(error))
        await this.#deps.engine.updateRefused(request.run, request.round, request.participant, error.toBody())
      throw error
    } finally {
      // An undrained body would keep its connection, and a closing server waits for it.
      body.resume()
    }
  }

  async #receive(request: UploadRequest, body: Readable): Promise<UpdateReceipt> {
    const { files } = this.#deps
    const { sha256, bytes, offset } = request
    const place = files.place(request)
    for (;;) {
      const { admission, record } = await this.#admission(request)
      const stored = offset === 0 ? 0 : await files.received(request)
      if (admission.kind === 'refused') throw admission.error
      if (admission.kind === 'repeated') return receipt(request, true)
      const other = this.#underWay.get(place)
      if (other !== undefined && other.sha256 !== sha256) {
        // It keeps its file until it is ended or, when its bytes were all there, counted or refused.
        other.end()
        await other.work.catch(() => undefined)
        continue
      }
      // The same update by another connection; its outcome is this one's.
      const counting = this.#counting.get(files.path(request))
      if (counting !== undefined) return counting
      const limit = this.#limit(record)
      if (bytes > limit) throw new TributaryError('update_too_large', { actual: bytes, limit })
      // Before it takes the place of a connection that is still at work: it ends that only by going on.
      if (offset !== stored) throw new TributaryError('upload_offset_mismatch', { expected: stored, actual: offset })
      const end = () => void body.destroy(new Error('superseded by a newer connection'))
      const entry = { sha256, work: this.#take(request, record, body), end }
      this.#underWay.set(place, entry)
      try {
        return await entry.work
      } catch (error) {
        // A file that stays is swept later; the caller is to hear why its upload failed.
        await this.#dropIfLate(request, entry).catch(() => undefined)
        throw error
      } finally {
        if (this.#underWay.get(place) === entry) this.#underWay.delete(place)
      }
    }
  }

  async #take(request: UploadRequest, record: RunRecord, body: Readable): Promise<UpdateReceipt> {
    const { files } = this.#deps
    const { bytes, offset } = request
    const received = await files.append(request, offset, bytes, body)
    if (received > bytes) {
      await files.discard(request)
      throw new TributaryError('update_trailing_bytes', { expected: bytes })
    }
    if (received < bytes) throw new TributaryError('update_truncated', { actual: received, expected: bytes })
    return this.#countOnce(request, record)
  }

  /** Removes what was begun and never ended. */
  sweep(): Promise<void> {
    return this.#deps.files.sweep()
  }

  /** What is begun in a round, or with null in any round of a run, goes on no more. */
  async roundOver(run: RunId, round: number | null): Promise<void> {
    // Whoever is still sending gets its answer first; see #dropIfLate.
    await this.#deps.files.drop(run, round, (place) => this.#underWay.has(place))
  }

  /** The round has closed meanwhile: nobody will go on with these bytes, and no event comes any more to drop them. */
  async #dropIfLate(request: UploadRequest, entry: UnderWay): Promise<void> {
    const { files } = this.#deps
    if (this.#underWay.get(files.place(request)) !== entry) return
    const { admission } = await this.#admission(request)
    if (admission.kind === 'refused') await files.discard(request)
  }

  #countOnce(request: UploadRequest, record: RunRecord): Promise<UpdateReceipt> {
    const path = this.#deps.files.path(request)
    const underWay = this.#counting.get(path)
    if (underWay !== undefined) return underWay
    const work = this.#count(request, record).finally(() => this.#counting.delete(path))
    this.#counting.set(path, work)
    return work
  }

  async #admission({ run, round, participant, federation, sha256 }: UploadRequest) {
    const answer = await this.#deps.engine.admission(run, round, participant, sha256)
    if (answer.record.federation !== federation) throw new TributaryError('not_found', { what: 'run', id: run })
    return answer
  }

  async #count(request: UploadRequest, record: RunRecord): Promise<UpdateReceipt> {
    const { engine, blobs, files, validator } = this.#deps
    const { run, round, participant, sha256, bytes } = request
    const file = files.path(request)
    const { model, strategy } = record.config
    const expected = { run, round, participant, form: strategy.form, tensors: modelSpecification(model).tensors }
    const result = await validator.validate({ file, sha256, expected })
    if (!result.ok) {
      await files.discard(request)
      throw new TributaryError(result.code, result.details)
    }
    // UploadFiles has synced what is complete.
    await blobs.adopt(file, sha256, { synced: true })
    const { samples, report } = result.meta
    try {
      const { repeated } = await engine.updateStored(run, round, participant, { sha256, bytes, samples, report })
      return receipt(request, repeated)
    } catch (error) {
      // It came a moment too late: nothing refers to it.
      if (error instanceof TributaryError) await blobs.remove(sha256)
      throw error
    }
  }

  #limit({ config }: RunRecord): number {
    const { tensors } = modelSpecification(config.model)
    return valuesBytes(tensors) + headerAllowance(tensors.length)
  }
}

/** The sender mends these by itself; they are no fault of an update. */
const isResumable = ({ code }: TributaryError): boolean => code === 'upload_offset_mismatch' || code === 'rate_limited'

const receipt = ({ run, round, sha256 }: UploadKey & { run: RunId }, repeated: boolean): UpdateReceipt => ({
  status: 'accepted',
  repeated,
  run,
  round,
  sha256,
})
