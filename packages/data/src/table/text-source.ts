/** Text whole, or as it comes. For a browser's file: `file.stream().pipeThrough(new TextDecoderStream('utf-8', { fatal: true }))`. */
export type TextSource = string | AsyncIterable<string> | ReadableStream<string>

/** A row longer than this is taken for an unclosed quote or a wrong format. */
export const MAX_ROW_CHARACTERS = 4 * 1024 * 1024
const SLICE = 256 * 1024

/** The text in pieces, without a byte order mark, each line ended by \n whatever ended it before (\r\n, \r). */
export async function* normalisedText(source: TextSource): AsyncGenerator<string> {
  let first = true
  let heldReturn = ''
  for await (const piece of pieces(source)) {
    if (piece === '') continue
    let text = heldReturn + (first && piece.startsWith('\uFEFF') ? piece.slice(1) : piece)
    first = false
    // A \r at the end may be half of a \r\n.
    heldReturn = text.endsWith('\r') ? '\r' : ''
    if (heldReturn) text = text.slice(0, -1)
    yield text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
  }
  if (heldReturn) yield '\n'
}

async function* pieces(source: TextSource): AsyncGenerator<string> {
  if (typeof source === 'string') {
    for (let from = 0; from < source.length; from += SLICE) yield source.slice(from, from + SLICE)
    return
  }
  if (!('getReader' in source)) {
    yield* source
    return
  }
  // By hand: Safari's streams are not iterable.
  const reader = source.getReader()
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value
  } finally {
    await reader.cancel()
  }
}
