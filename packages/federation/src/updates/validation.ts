import { type ContainerHeader, type ContainerSink, TributaryError, type UpdateHeader } from '@tributary/protocol'
import { checkUpdateHeader, type UpdateExpectation } from './expectation.ts'
import { allFinite } from './finite.ts'

/** Reads an update once and keeps nothing of it: header against the round, every value finite. */
export class UpdateValidation implements ContainerSink {
  readonly #expected: UpdateExpectation
  #header: UpdateHeader | null = null

  constructor(expected: UpdateExpectation) {
    this.#expected = expected
  }

  header(header: ContainerHeader): void {
    this.#header = checkUpdateHeader(header, this.#expected)
  }

  values(tensor: number, _offset: number, values: Float32Array): void {
    if (allFinite(values)) return
    throw new TributaryError('update_not_finite', { tensor: this.#header?.tensors[tensor]?.name ?? '?' })
  }
}
