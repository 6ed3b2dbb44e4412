import type { HttpPeer } from '../http/exchange.ts'
import { downloadModel } from '../http/model-download.ts'
import type { RetryOptions } from '../timing/retry.ts'

export interface ModelRef {
  readonly modelSha256: string
  readonly modelBytes: number
}

/** The last model's bytes: the same model is not fetched twice. */
export class ModelCache {
  readonly #peer: HttpPeer
  #last: { readonly sha256: string; readonly bytes: Uint8Array } | null = null

  constructor(peer: HttpPeer) {
    this.#peer = peer
  }

  async fetch(
    { modelSha256, modelBytes }: ModelRef,
    onFraction: (fraction: number) => void,
    retry: RetryOptions,
  ): Promise<Uint8Array> {
    if (this.#last?.sha256 === modelSha256) return this.#last.bytes
    // Let go of the old one first, so that memory never holds two.
    this.#last = null
    const onReceived = (received: number) => onFraction(Math.min(1, received / modelBytes))
    const bytes = await downloadModel(this.#peer, { sha256: modelSha256, bytes: modelBytes, onReceived }, retry)
    this.#last = { sha256: modelSha256, bytes }
    return bytes
  }
}
