/**
 * What a client said over a WebSocket (RFC 6455, section 5.2): its opening request, then the payloads of its frames with their masks
 * taken off, one after another.
 * @throws RangeError for a compressed frame, which could not be searched
 */
export function unmaskedFrames(stream: Buffer): Uint8Array {
  const end = stream.indexOf('\r\n\r\n')
  if (end < 0) return stream
  const parts: Uint8Array[] = [stream.subarray(0, end + 4)]
  let at = end + 4
  while (at + 2 <= stream.length) {
    const first = stream[at] as number
    const second = stream[at + 1] as number
    if ((first & 0x40) !== 0) throw new RangeError('a frame is compressed')
    const short = second & 0x7f
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0
    const start = at + 2 + extra + 4
    if (start > stream.length) break
    const length = extra === 0 ? short : extra === 2 ? stream.readUInt16BE(at + 2) : Number(stream.readBigUInt64BE(at + 2))
    const mask = stream.subarray(start - 4, start)
    parts.push(stream.subarray(start, start + length).map((byte, i) => byte ^ (mask[i % 4] as number)))
    at = start + length
  }
  return Buffer.concat(parts)
}
