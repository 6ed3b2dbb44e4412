import { TributaryError } from '@tributary/protocol'
import type { ReadingAnswer, ReadingAnswers, ReadingAsk } from './messages.ts'

const newReader = () => new Worker(new URL('./reader-worker.ts', import.meta.url), { type: 'module' })

let spare: Worker | null = null

/** Has a reader loaded before a file is chosen, so that files can be read while there is no network. */
export function keepReaderReady(): void {
  if (spare !== null) return
  const reader = newReader()
  spare = reader
  // One that could not be loaded is not kept: the next question loads its own.
  reader.onerror = () => {
    if (spare === reader) spare = null
  }
}

export function dropSpareReader(): void {
  spare?.terminate()
  spare = null
}

/** Asks a worker of its own, which ends with the answer: what it read is not kept. @throws TributaryError `data_*`, `config_invalid` */
export async function ask<Ask extends ReadingAsk>(question: Ask, signal?: AbortSignal): Promise<ReadingAnswers[Ask['do']]> {
  signal?.throwIfAborted()
  const worker = spare ?? newReader()
  const wasSpare = worker === spare
  spare = null
  const { port1, port2 } = new MessageChannel()
  try {
    const answer = await new Promise<ReadingAnswer>((resolve, reject) => {
      port1.onmessage = ({ data }: MessageEvent<ReadingAnswer>) => resolve(data)
      worker.onerror = ({ message }) => reject(new TributaryError('browser_unfit', { reason: `its worker stopped (${message})` }))
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
      worker.postMessage(question, [port2])
    })
    if (!answer.ok) throw TributaryError.fromBody(answer.error)
    return answer.value as ReadingAnswers[Ask['do']]
  } finally {
    port1.close()
    worker.terminate()
    if (wasSpare) keepReaderReady()
  }
}
