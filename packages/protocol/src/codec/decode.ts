import { TributaryError } from '../errors/tributary-error.ts'
import { type NamedTensor, sizeOf } from '../tensors.ts'
import { type ContainerHeader, containerHeaderSchema } from '../update-header.ts'
import { headerRefusal } from './header-refusal.ts'
import { CONTAINER_VERSION, littleEndian, MAGIC, MAX_HEADER_BYTES, PREFIX_BYTES, valuesBytes, valuesOffset } from './layout.ts'

/** Receives a container as it arrives. Values come in order, in runs of any length, never across two tensors. */
export interface ContainerSink {
  /** Called once, before any value; throw here to refuse the container. */
  header(header: ContainerHeader): void
  /** `values` may be a view of the chunk just pushed: copy what must outlive the call. */
  values(tensor: number, offset: number, values: Float32Array): void
}

const malformed = (reason: string) => new TributaryError('update_malformed', { reason })

/**
 * Decodes a container from chunks cut anywhere, holding no more than the header and one value.
 * @throws TributaryError `update_malformed`, `update_samples_invalid`, `update_wrong_dtype`, `update_truncated`,
 *   `update_trailing_bytes`; anything that the sink throws
 */
export class ContainerDecoder {
  readonly #sink: ContainerSink
  /** The bytes of a header that came in several chunks; grows by doubling, so that tiny chunks are not copied for each. */
  #gathered = new Uint8Array(0)
  /** The first bytes of a value that a chunk cut. */
  #pending = new Uint8Array(0)
  #received = 0
  #header: ContainerHeader | null = null
  #valuesAt = 0
  #totalBytes = 0
  #tensor = 0
  #filled = 0

  constructor(sink: ContainerSink) {
    this.#sink = sink
  }

  push(chunk: Uint8Array): void {
    this.#received += chunk.byteLength
    if (this.#header !== null) {
      if (this.#received > this.#totalBytes) throw new TributaryError('update_trailing_bytes', { expected: this.#totalBytes })
      this.#values(chunk)
      return
    }
    // Usually the first chunk holds the whole header and need not be kept.
    const first = this.#received === chunk.byteLength
    if (!first) this.#gather(chunk)
    this.#readHeader(first ? chunk : this.#gathered.subarray(0, this.#received))
    if (first && this.#header === null) this.#gather(chunk)
  }

  /** Call after the last chunk. */
  end(): ContainerHeader {
    if (this.#header === null)
      throw new TributaryError('update_truncated', { actual: this.#received, expected: this.#valuesAt || PREFIX_BYTES })
    if (this.#received < this.#totalBytes)
      throw new TributaryError('update_truncated', { actual: this.#received, expected: this.#totalBytes })
    return this.#header
  }

  #gather(chunk: Uint8Array): void {
    if (this.#gathered.byteLength < this.#received) {
      const larger = new Uint8Array(Math.max(this.#received, 2 * this.#gathered.byteLength))
      larger.set(this.#gathered)
      this.#gathered = larger
    }
    this.#gathered.set(chunk, this.#received - chunk.byteLength)
  }

  #readHeader(bytes: Uint8Array): void {
    for (let i = 0; i < Math.min(4, bytes.byteLength); i += 1)
      if (bytes[i] !== MAGIC[i]) throw malformed('it does not begin with TRIB')
    if (bytes.byteLength < PREFIX_BYTES) return
    if (bytes[4] !== CONTAINER_VERSION) throw malformed(`container version ${bytes[4]} instead of ${CONTAINER_VERSION}`)
    if (!isZero(bytes.subarray(5, 8)) || !isZero(bytes.subarray(12, 16))) throw malformed('reserved bytes are not zero')
    const headerBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true)
    if (headerBytes > MAX_HEADER_BYTES) throw malformed(`a header of ${headerBytes} bytes, at most ${MAX_HEADER_BYTES} are taken`)
    this.#valuesAt = valuesOffset(headerBytes)
    if (bytes.byteLength < this.#valuesAt) return
    if (!isZero(bytes.subarray(PREFIX_BYTES + headerBytes, this.#valuesAt))) throw malformed('padding is not zero')
    const header = parseHeader(bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + headerBytes))
    this.#totalBytes = this.#valuesAt + valuesBytes(header.tensors)
    if (!Number.isSafeInteger(this.#totalBytes)) throw malformed('the tensors are larger than any memory')
    this.#header = header
    this.#gathered = new Uint8Array(0)
    this.#sink.header(header)
    if (this.#received > this.#totalBytes) throw new TributaryError('update_trailing_bytes', { expected: this.#totalBytes })
    this.#values(bytes.subarray(this.#valuesAt))
  }

  #values(chunk: Uint8Array): void {
    let rest = chunk
    if (this.#pending.byteLength > 0) {
      const missing = 4 - this.#pending.byteLength
      this.#pending = concat(this.#pending, rest.subarray(0, missing))
      rest = rest.subarray(missing)
      if (this.#pending.byteLength < 4) return
      this.#hand(toFloats(this.#pending))
      this.#pending = new Uint8Array(0)
    }
    const whole = rest.byteLength - (rest.byteLength % 4)
    if (whole > 0) this.#hand(toFloats(whole === rest.byteLength ? rest : rest.subarray(0, whole)))
    if (whole < rest.byteLength) this.#pending = rest.slice(whole)
  }

  /** Splits a run of values at the tensors' borders. */
  #hand(values: Float32Array): void {
    const { tensors } = this.#header as ContainerHeader
    let start = 0
    while (start < values.length) {
      const size = sizeOf((tensors[this.#tensor] as { shape: number[] }).shape)
      const count = Math.min(values.length - start, size - this.#filled)
      const run = count === values.length ? values : values.subarray(start, start + count)
      this.#sink.values(this.#tensor, this.#filled, run)
      start += count
      this.#filled += count
      if (this.#filled === size) {
        this.#tensor += 1
        this.#filled = 0
      }
    }
  }
}

export interface DecodedContainer {
  readonly header: ContainerHeader
  readonly tensors: readonly NamedTensor[]
}

/** Decodes a whole container. @throws as ContainerDecoder */
export function decodeContainer(bytes: Uint8Array): DecodedContainer {
  const tensors: NamedTensor[] = []
  const decoder = new ContainerDecoder({
    header(header) {
      // Allocates only what the bytes at hand can fill: a hostile header must not reserve memory.
      if (valuesBytes(header.tensors) > bytes.byteLength)
        throw new TributaryError('update_truncated', { actual: bytes.byteLength, expected: valuesBytes(header.tensors) })
      for (const { name, shape } of header.tensors) tensors.push({ name, shape, data: new Float32Array(sizeOf(shape)) })
    },
    values(tensor, offset, values) {
      ;(tensors[tensor] as NamedTensor).data.set(values, offset)
    },
  })
  decoder.push(bytes)
  return { header: decoder.end(), tensors }
}

function parseHeader(text: Uint8Array): ContainerHeader {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text))
  } catch (error) {
    throw malformed(`the header is not JSON (${(error as Error).message})`)
  }
  const parsed = containerHeaderSchema.safeParse(json)
  if (!parsed.success) throw headerRefusal(json, parsed.error)
  const names = new Set(parsed.data.tensors.map(({ name }) => name))
  if (names.size < parsed.data.tensors.length) throw malformed('two tensors have the same name')
  return parsed.data
}

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0)

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(a.byteLength + b.byteLength)
  bytes.set(a, 0)
  bytes.set(b, a.byteLength)
  return bytes
}

/** A view where the bytes lie aligned and the machine is little-endian, else a copy. */
function toFloats(bytes: Uint8Array): Float32Array {
  if (littleEndian && bytes.byteOffset % 4 === 0) return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
  const floats = new Float32Array(bytes.byteLength / 4)
  if (littleEndian) new Uint8Array(floats.buffer).set(bytes)
  else {
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    for (let i = 0; i < floats.length; i += 1) floats[i] = view.getFloat32(4 * i, true)
  }
  return floats
}
