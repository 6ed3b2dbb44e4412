import { isErrorCode, TributaryError } from '@tributary/protocol'
import { Piscina } from 'piscina'
import type { TaskPool } from './crypto-job-runner.ts'
import { Places } from './places.ts'
import type { WorkerAnswer, WorkerResult, WorkerTask } from './worker-task.ts'

/** The thread that did a task is gone, or its memory cannot be trusted. */
export class WorkerCrash extends Error {
  override readonly name = 'WorkerCrash'
}

/** The threads were replaced because of another task: this one has to be done again, and nothing speaks against it. */
class WorkerReplaced extends Error {
  override readonly name = 'WorkerReplaced'
}

/** Worker threads of one kind; after a crash all of them are replaced, and what the others were doing is done again. */
export class WorkerPool implements TaskPool {
  readonly #open: () => Piscina
  /** A task that waited in Piscina would be handed to the thread of one that crashed before anybody here heard of it. */
  readonly #places: Places
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
    this.#places = new Places(threads)
  }

  /** @throws TributaryError the task's refusal; WorkerCrash */
  run(task: WorkerTask): Promise<WorkerAnswer> {
    return this.#places.run(async () => {
      for (;;) {
        try {
          return await this.#once(task)
        } catch (error) {
          // Each time is another task's crash, which that task is told: it comes to an end.
          if (!(error instanceof WorkerReplaced)) throw error
        }
      }
    })
  }

  /** @throws WorkerReplaced too */
  async #once(task: WorkerTask): Promise<WorkerAnswer> {
    if (this.#closed) throw closed()
    const pool = this.#pool
    let result: WorkerResult
    try {
      result = await pool.run(task)
    } catch (cause) {
      if (this.#closed) throw closed(cause)
      // Whose thread ended first is known here and now: after a pause another task may have replaced them.
      if (this.#pool !== pool) throw new WorkerReplaced()
      await this.#replace(pool)
      throw new WorkerCrash((cause as Error).message, { cause })
    }
    // Its thread may be the one that crashed.
    if (this.#pool !== pool && !this.#closed) throw new WorkerReplaced()
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

const closed = (cause?: unknown): TributaryError =>
  new TributaryError('unexpected', { reason: 'the workers were closed' }, { cause })
