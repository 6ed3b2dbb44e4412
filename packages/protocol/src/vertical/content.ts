import { TributaryError } from '../errors/tributary-error.ts'
import { type MessageBody, type MessageKind, messageBodySchemas } from './messages.ts'

/** Plain content of a message: a small body by schema and binary parts. */
export interface Content<Kind extends MessageKind = MessageKind> {
  readonly kind: Kind
  readonly body: MessageBody<Kind>
  readonly parts: readonly Uint8Array[]
}

const MAX_BODY_BYTES = 4 * 1024 * 1024
const MAX_PARTS = 4_096

/** Layout: u32 LE length of the body, u32 LE count of parts, u32 LE length of each part, body as JSON, parts. */
export function encodeContent<Kind extends MessageKind>({ body, parts }: Content<Kind>): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(JSON.stringify(body))
  const head = 8 + 4 * parts.length
  const bytes = new Uint8Array(head + json.length + parts.reduce((sum, part) => sum + part.length, 0))
  const view = new DataView(bytes.buffer)
  view.setUint32(0, json.length, true)
  view.setUint32(4, parts.length, true)
  parts.forEach((part, index) => {
    view.setUint32(8 + 4 * index, part.length, true)
  })
  bytes.set(json, head)
  let offset = head + json.length
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

/** Checks the layout to the last byte and the body by its kind's schema. Parts are views. @throws TributaryError `message_malformed` */
export function decodeContent<Kind extends MessageKind>(kind: Kind, bytes: Uint8Array): Content<Kind> {
  const bad = (reason: string) => new TributaryError('message_malformed', { kind, reason })
  if (bytes.length < 8) throw bad(`it has ${bytes.length} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const bodyLength = view.getUint32(0, true)
  const count = view.getUint32(4, true)
  if (bodyLength > MAX_BODY_BYTES || count > MAX_PARTS) throw bad('its body or its number of parts is too large')
  const head = 8 + 4 * count
  if (bytes.length < head + bodyLength) throw bad('it ends inside of its body')
  let offset = head + bodyLength
  const parts: Uint8Array[] = []
  for (let index = 0; index < count; index += 1) {
    const length = view.getUint32(8 + 4 * index, true)
    if (offset + length > bytes.length) throw bad('it ends inside of a part')
    parts.push(bytes.subarray(offset, offset + length))
    offset += length
  }
  if (offset !== bytes.length) throw bad('it goes on after its last part')
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(head, head + bodyLength)))
  } catch {
    throw bad('its body is not JSON')
  }
  const body = messageBodySchemas[kind].safeParse(json)
  if (!body.success) {
    const [issue] = body.error.issues
    throw bad(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`)
  }
  return { kind, body: body.data as MessageBody<Kind>, parts }
}
