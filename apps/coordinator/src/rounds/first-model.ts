import { type ModelSpecification, modelSpecification } from '@tributary/models/specification'
import { encodeHeader, encodeValues, type FederationId, type RunConfig, TributaryError } from '@tributary/protocol'
import type { Blobs } from '../storage/blobs.ts'
import type { Store } from '../storage/store.ts'

interface BlobRef {
  sha256: string
  bytes: number
}

/**
 * Parameters of a run's model: 256 MB as float32 to send to each participant, twice that as a running sum. The zoo's largest on
 * MNIST has 2^21; its CNN stays below up to images of 180 × 180.
 */
export const MOST_RUN_PARAMETERS = 2 ** 26

/** Values that are drawn, hashed and written in one go, some milliseconds; then others have their turn. */
const PIECE_FLOATS = 2 ** 16

/** Models that runs begin with. */
export class FirstModels {
  readonly #store: Pick<Store, 'runsWithModel'>
  readonly #blobs: Pick<Blobs, 'putPieces' | 'size'>
  #last: Promise<unknown> = Promise.resolve()

  constructor(store: Pick<Store, 'runsWithModel'>, blobs: Pick<Blobs, 'putPieces' | 'size'>) {
    this.#store = store
    this.#blobs = blobs
  }

  /** @param stored null makes a fresh one of the run's seed. @throws config_invalid, not_found */
  async of({ model, seed }: RunConfig, stored: string | null, federation: FederationId): Promise<BlobRef> {
    const specification = modelSpecification(model)
    const { parameterCount } = specification
    if (parameterCount > MOST_RUN_PARAMETERS)
      throw new TributaryError('config_invalid', {
        setting: 'model',
        reason: `${parameterCount} parameters; a run's model has ${MOST_RUN_PARAMETERS} at most`,
      })
    return stored === null ? this.#fresh(specification, seed) : this.#stored(stored, federation)
  }

  /** Neither is the model held in memory, nor the event loop for long. */
  #fresh(specification: ModelSpecification, seed: number): Promise<BlobRef> {
    const write = () => this.#blobs.putPieces(containerOf(specification, seed))
    if (specification.parameterCount <= PIECE_FLOATS) return write()
    // One after another: the pieces of several would add up to a long turn of the loop.
    const written = this.#last.then(write)
    this.#last = written.catch(() => {})
    return written
  }

  async #stored(sha256: string, federation: FederationId): Promise<BlobRef> {
    const owners = await this.#store.runsWithModel(sha256)
    const bytes = await this.#blobs.size(sha256)
    if (bytes === null || !owners.some((owner) => owner.federation === federation))
      throw new TributaryError('not_found', { what: 'model', id: sha256 })
    return { sha256, bytes }
  }
}

function* containerOf({ tensors, initialPieces }: ModelSpecification, seed: number): Generator<Uint8Array> {
  yield encodeHeader({ kind: 'model', tensors: [...tensors] })
  for (const piece of initialPieces(seed, PIECE_FLOATS)) yield* encodeValues(piece)
}
