import { TributaryError } from '@tributary/protocol'
import { scoped } from './handles.ts'
import type { MainModule, SEALContext } from './seal-module.ts'

/** Bytes before the first coefficient of an uncompressed ciphertext or seeded public key; of a secret key. */
export const CIPHERTEXT_HEADER = 113
const SECRET_KEY_HEADER = 88

interface Saving {
  saveToArray(mode: MainModule['ComprModeType']['none']): unknown
}
interface Loading {
  loadFromArray(context: SEALContext, bytes: Uint8Array): void
}

/**
 * What every honest object of a kind and level looks like: exact length, and a header that is the same for all of them (magic,
 * version, no compression, parameters' id, NTT form, size, degree, primes, scale, length of data). Bytes that differ in it never
 * reach SEAL's loader, so it meets neither another level, a third polynomial, a seeded form nor a compressed stream.
 */
export class SerialisedForm {
  readonly bytes: number
  readonly #header: Uint8Array

  private constructor(example: Uint8Array, headerBytes: number) {
    this.bytes = example.length
    this.#header = example.slice(0, headerBytes)
  }

  static ofCiphertext = (example: Uint8Array) => new SerialisedForm(example, CIPHERTEXT_HEADER)
  static ofSecretKey = (example: Uint8Array) => new SerialisedForm(example, SECRET_KEY_HEADER)

  /**
   * Loads `bytes` into `target`.
   *
   * @throws TributaryError he_size for another length, he_malformed for everything else; WebAssembly.RuntimeError after which this
   *   thread's SEAL is not to be used any more.
   */
  load<T extends Loading>(target: T, bytes: Uint8Array, context: SEALContext): T {
    this.checkSize(bytes.length)
    if (!this.#header.every((byte, i) => bytes[i] === byte)) throw malformed()
    try {
      target.loadFromArray(context, bytes)
    } catch (cause) {
      throw refusalOf(cause)
    }
    return target
  }

  /** @throws TributaryError he_size. */
  checkSize(actual: number): void {
    if (actual !== this.bytes) throw new TributaryError('he_size', { actual, expected: this.bytes })
  }
}

/** One code, no detail: whoever sent it learns nothing from the difference. */
export const malformed = (cause?: unknown): TributaryError =>
  new TributaryError('he_malformed', {}, cause === undefined ? undefined : { cause: readable(cause) })

/** What a failure of SEAL on foreign bytes is thrown as: after a trap its memory is in any state, so that is no refusal. */
export const refusalOf = (cause: unknown): Error => (cause instanceof WebAssembly.RuntimeError ? cause : malformed(cause))

/** SEAL throws `[type, message]` inside a WebAssembly exception. */
const readable = (cause: unknown): string =>
  cause instanceof Error && Array.isArray(cause.message) ? cause.message.join(': ') : String(cause)

/** A copy in the memory of JavaScript, uncompressed. */
export const save = (seal: MainModule, object: Saving): Uint8Array => object.saveToArray(seal.ComprModeType.none) as Uint8Array

/** Saves what `make` returns and deletes it. */
export const saved = (seal: MainModule, make: () => Saving & { delete(): void }): Uint8Array =>
  scoped((own) => save(seal, own(make())))
