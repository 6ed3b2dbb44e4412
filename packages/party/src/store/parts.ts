import { createSha256 } from '@tributary/protocol'

/** Several byte arrays as one. Layout: u32 LE count, u32 LE length of each, then the parts. */
export function packParts(parts: readonly Uint8Array[]): Uint8Array {
  const head = 4 + 4 * parts.length
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, head))
  const view = new DataView(bytes.buffer)
  view.setUint32(0, parts.length, true)
  let offset = head
  for (const [index, part] of parts.entries()) {
    view.setUint32(4 + 4 * index, part.length, true)
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

/** Views into the bytes. @throws RangeError when the bytes are not packed parts */
export function unpackParts(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = view.getUint32(0, true)
  let offset = 4 + 4 * count
  const parts: Uint8Array[] = []
  for (let index = 0; index < count; index += 1) {
    const length = view.getUint32(4 + 4 * index, true)
    if (offset + length > bytes.length) throw new RangeError('packed parts end too early')
    parts.push(bytes.subarray(offset, offset + length))
    offset += length
  }
  if (offset !== bytes.length) throw new RangeError('packed parts go on after the last')
  return parts
}

/** Over the parts in order, hex. */
export const sha256OfParts = (parts: readonly Uint8Array[]): string =>
  parts.reduce((hash, part) => hash.update(part), createSha256()).hex()
