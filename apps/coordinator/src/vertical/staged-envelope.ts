import { randomUUID } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { canonicalJson } from '@tributary/crypto'
import {
  createSha256,
  type Envelope,
  type EnvelopeHeader,
  MAX_ENVELOPE_BYTES,
  readEnvelope,
  TributaryError,
} from '@tributary/protocol'

/** Files of envelopes that are still arriving; what a crash left of them is worth nothing. */
export const STAGED_PREFIX = 'mail-'
/** Magic and length of the header. */
const FIXED_BYTES = 8
const SIGNATURE_BYTES = 64
/** HPKE: an encapsulated key of 32 bytes and a tag of 16 are the least. */
const LEAST_SEALED_BYTES = 48

/** An envelope that is on disk, but has no name yet. */
export interface StagedEnvelope {
  readonly file: string
  readonly header: EnvelopeHeader
  readonly bytes: number
  /** Of all bytes: the message's name. */
  readonly sha256: string
  /** What the signature is over: SHA-256(header ‖ sealed bytes). */
  readonly digest: Uint8Array
  /** base64url. */
  readonly signature: string
  discard(): Promise<void>
}

/**
 * Writes a stream to disk and reads on the way what the hub needs of it; memory is a chunk, however long the envelope is.
 * @param onHeader is asked as soon as the header is there; what it throws stops the intake
 * @throws TributaryError `envelope_malformed`, `body_too_large`
 */
export async function stageEnvelope(
  body: Readable,
  folder: string,
  onHeader: (header: EnvelopeHeader) => Promise<void>,
): Promise<StagedEnvelope> {
  const file = join(folder, `${STAGED_PREFIX}${randomUUID()}`)
  const discard = () => rm(file, { force: true })
  try {
    const handle = await open(file, 'wx')
    try {
      const reading = new EnvelopeReading()
      for await (const chunk of arriving(body)) {
        const header = reading.take(chunk)
        if (header !== null) await onHeader(header)
        await handle.writeFile(chunk)
      }
      const read = reading.end()
      await handle.sync()
      return { file, ...read, discard }
    } finally {
      await handle.close()
    }
  } catch (error) {
    await discard()
    throw error
  }
}

async function* arriving(body: Readable): AsyncGenerator<Buffer> {
  try {
    yield* body as AsyncIterable<Buffer>
  } catch (cause) {
    throw new TributaryError('envelope_malformed', { reason: 'the connection broke before its end' }, { cause })
  }
}

/** Reads the head of an envelope once it is whole, and hashes the rest as it comes. */
class EnvelopeReading {
  readonly #whole = createSha256()
  readonly #signed = createSha256()
  #head: Buffer = Buffer.alloc(0)
  #envelope: Envelope | null = null
  #sealed = 0
  #bytes = 0

  /** @returns the header, with the chunk that completes it */
  take(chunk: Buffer): EnvelopeHeader | null {
    this.#bytes += chunk.length
    if (this.#bytes > MAX_ENVELOPE_BYTES) throw new TributaryError('body_too_large', { limit: MAX_ENVELOPE_BYTES })
    this.#whole.update(chunk)
    if (this.#envelope !== null) {
      this.#seal(chunk)
      return null
    }
    this.#head = Buffer.concat([this.#head, chunk])
    if (this.#head.length <= bodyOffset(this.#head)) return null
    const envelope = readEnvelope(this.#head)
    if (Buffer.from(envelope.headerBytes).toString() !== canonicalJson(envelope.header))
      throw new TributaryError('envelope_malformed', { reason: 'its header is not in canonical form' })
    this.#envelope = envelope
    this.#signed.update(envelope.headerBytes)
    this.#seal(envelope.sealed)
    return envelope.header
  }

  end(): Pick<StagedEnvelope, 'header' | 'bytes' | 'sha256' | 'digest' | 'signature'> {
    // Reading what there is says what is wrong with it.
    const { header, signature } = this.#envelope ?? readEnvelope(this.#head)
    if (this.#sealed < LEAST_SEALED_BYTES)
      throw new TributaryError('envelope_malformed', { reason: `its sealed part has ${this.#sealed} bytes` })
    return {
      header,
      bytes: this.#bytes,
      sha256: this.#whole.hex(),
      digest: Buffer.from(this.#signed.hex(), 'hex'),
      signature: Buffer.from(signature).toString('base64url'),
    }
  }

  #seal(bytes: Uint8Array): void {
    this.#signed.update(bytes)
    this.#sealed += bytes.length
  }
}

/** Where the sealed bytes begin; a header that is too long is refused when the head is read. */
const bodyOffset = (head: Buffer): number =>
  head.length < FIXED_BYTES ? FIXED_BYTES : Math.min(FIXED_BYTES + head.readUInt32LE(4) + SIGNATURE_BYTES, 2_048)
