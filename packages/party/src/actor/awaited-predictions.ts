import { randomBytes } from 'node:crypto'
import { type Deferred, deferred } from '@tributary/client'
import type { TributaryError } from '@tributary/protocol'

/** Predictions that were asked for and have not come. */
export class AwaitedPredictions {
  readonly #waiting = new Map<string, Deferred<readonly number[]>>()

  /** A new request with a name that nobody else can know. */
  open(): { readonly request: string; readonly values: Promise<readonly number[]> } {
    const request = randomBytes(16).toString('hex')
    const answer = deferred<readonly number[]>()
    this.#waiting.set(request, answer)
    return { request, values: answer.promise }
  }

  answer(request: string, values: readonly number[]): void {
    this.#take(request)?.resolve(values)
  }

  refuse(request: string, error: TributaryError): void {
    this.#take(request)?.reject(error)
  }

  refuseAll(error: TributaryError): void {
    for (const request of [...this.#waiting.keys()]) this.refuse(request, error)
  }

  #take(request: string): Deferred<readonly number[]> | undefined {
    const waiting = this.#waiting.get(request)
    this.#waiting.delete(request)
    return waiting
  }
}
