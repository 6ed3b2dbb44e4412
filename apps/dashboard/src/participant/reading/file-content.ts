const isCompressed = (file: File): boolean => /\.gz$/i.test(file.name)

const streamOf = (file: File): ReadableStream<Uint8Array<ArrayBuffer>> =>
  isCompressed(file) ? file.stream().pipeThrough(new DecompressionStream('gzip')) : file.stream()

/** A file's text as it comes, plain or gzip; what is no UTF-8 is an error. */
export const textOf = (file: File): ReadableStream<string> =>
  streamOf(file).pipeThrough(new TextDecoderStream('utf-8', { fatal: true }))

/** A file's bytes, plain or gzip. */
export const bytesOf = async (file: File): Promise<Uint8Array> => new Uint8Array(await new Response(streamOf(file)).arrayBuffer())

/** The beginning of its text, up to the first piece that comes. */
export async function headOf(file: File): Promise<string> {
  const reader = textOf(file).getReader()
  const { value = '' } = await reader.read()
  await reader.cancel()
  return value
}
