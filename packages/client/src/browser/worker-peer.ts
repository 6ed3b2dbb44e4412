import { TributaryError } from '@tributary/protocol'
import { type Deferred, deferred } from '../timing/deferred.ts'
import { type AskName, type Asks, fromPlain, type Saying } from './worker-messages.ts'

/** The page's end of the worker: questions with answers, and what the worker says unasked. */
export class WorkerPeer {
  readonly #worker: Worker
  readonly #port: MessagePort
  readonly #waiting = new Map<number, Deferred<unknown>>()
  #asked = 0
  #broken: Error | null = null

  /** @param onBroken the worker cannot go on; questions that wait have failed */
  constructor(worker: Worker, onSaying: (saying: Saying) => void, onBroken: (error: TributaryError) => void) {
    this.#worker = worker
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    port1.onmessage = ({ data }: MessageEvent<Saying>) => {
      if (data.type === 'answer') this.#take(data.id)?.resolve(data.value)
      else if (data.type === 'refusal') this.#take(data.id)?.reject(fromPlain(data.error))
      else onSaying(data)
    }
    worker.onerror = ({ message }) => {
      // Only what ran and failed has a message.
      const error = message
        ? new TributaryError('browser_unfit', { reason: `its worker stopped (${message})` })
        : new TributaryError('unreachable', { url: location.origin, reason: 'what trains could not be loaded' })
      this.#fail(error)
      onBroken(error)
    }
    worker.postMessage(null, [port2])
  }

  async ask<Name extends AskName>(
    name: Name,
    ask: Asks[Name]['ask'],
    transfer: Transferable[] = [],
  ): Promise<Asks[Name]['answer']> {
    if (this.#broken !== null) throw this.#broken
    this.#asked += 1
    const answer = deferred<unknown>()
    this.#waiting.set(this.#asked, answer)
    this.#port.postMessage({ id: this.#asked, name, ask }, transfer)
    return (await answer.promise) as Asks[Name]['answer']
  }

  end(): void {
    this.#fail(new DOMException('the participation was closed', 'AbortError'))
    this.#port.close()
    this.#worker.terminate()
  }

  #take(id: number): Deferred<unknown> | undefined {
    const answer = this.#waiting.get(id)
    this.#waiting.delete(id)
    return answer
  }

  #fail(error: Error): void {
    this.#broken ??= error
    for (const answer of this.#waiting.values()) answer.reject(error)
    this.#waiting.clear()
  }
}
