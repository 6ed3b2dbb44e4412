import { isErrorCode, TributaryError } from '@tributary/protocol'
import { Piscina } from 'piscina'
import type { TaskPool } from './crypto-job-runner.ts'
import type { WorkerAnswer, WorkerResult, WorkerTask } from './worker-task.ts'

/** The thread that did a task is gone, or its memory cannot be trusted. */
export class WorkerCrash extends Error {
  override readonly name = 'WorkerCrash'
}

/** Worker threads of one kind; after a crash all of them are replaced. */
export class WorkerPool implements TaskPool {
  readonly #open: () => Piscina
  #pool: Piscina
  #closed = false

  constructor(filename: URL, threads: number) {
    this.#open = () =>
      new Piscina({
        filename: filename.href,
        minThreads: 0,
        maxThreads: threads,
        concurrentTasksPerWorker: 1,
        // What a thread has prepared must not go with an idle minute.
        idleTimeout: Number.POSITIVE_INFINITY,
      })
    this.#pool = this.#open()
  }

  /** @throws TributaryError the task's refusal; WorkerCrash */
  async run(task: WorkerTask): Promise<WorkerAnswer> {
    const pool = this.#pool
    let result: WorkerResult
    try {
      result = await pool.run(task)
    } catch (cause) {
      if (this.#closed) throw new TributaryError('unexpected', { reason: 'the workers were closed' }, { cause })
      await this.#replace(pool)
      throw new WorkerCrash((cause as Error).message, { cause })
    }
    if (result.ok) return result.answer
    if ('crashed' in result) {
      await this.#replace(pool)
      throw new WorkerCrash(result.crashed)
    }
    const { code, details } = result.error
    throw isErrorCode(code)
      ? TributaryError.fromBody(result.error)
      : new TributaryError('unexpected', { reason: JSON.stringify(details) })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#pool.destroy()
  }

  async #replace(broken: Piscina): Promise<void> {
    if (this.#closed || this.#pool !== broken) return
    this.#pool = this.#open()
    await broken.destroy()
  }
}
