import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Evaluator } from './evaluator.ts'
import type { EvaluateAnswer, EvaluateMessage, TestData } from './messages.ts'

interface Waiting {
  message: EvaluateMessage
  resolve: (metrics: Record<string, number>) => void
  reject: (error: Error) => void
  tries: number
}

/** Evaluates in a process of its own: TensorFlow's memory and its blocking calls stay out of the coordinator. */
export class ProcessEvaluator implements Evaluator {
  readonly #testData: TestData
  readonly #onMisfit: (reason: string) => void
  #child: ChildProcess | null = null
  #next = 1
  #closed = false
  readonly #waiting = new Map<number, Waiting>()

  /** @param onMisfit told, for each round, why the test rows say nothing about a run's model; its rounds close without a global metric */
  constructor(testData: TestData, onMisfit: (reason: string) => void) {
    this.#testData = testData
    this.#onMisfit = onMisfit
  }

  evaluate(model: EvaluateMessage['model'], file: string): Promise<Record<string, number>> {
    const id = this.#next
    this.#next += 1
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { message: { id, model, file }, resolve, reject, tries: 1 }
      this.#waiting.set(id, waiting)
      this.#ask(waiting)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    const child = this.#child
    if (child === null || child.exitCode !== null) return
    await new Promise((resolve) => {
      child.once('exit', resolve)
      // One that never came to be does not exit.
      child.once('error', resolve)
      kill(child)
    })
  }

  #running(): ChildProcess {
    if (this.#child !== null) return this.#child
    const child = fork(fileURLToPath(new URL('./evaluation-process.ts', import.meta.url)), [JSON.stringify(this.#testData)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    child.on('message', (answer: EvaluateAnswer) => this.#answered(answer))
    child.on('exit', (code, signal) => this.#died(child, `the evaluation process ended (${signal ?? code})`))
    // It could not be started, or its channel is closed while it has not ended yet.
    child.on('error', ({ message }) => this.#died(child, `the evaluation process failed (${message})`))
    this.#child = child
    return child
  }

  #ask(waiting: Waiting): void {
    try {
      this.#running().send(waiting.message)
    } catch (error) {
      this.#waiting.delete(waiting.message.id)
      waiting.reject(error as Error)
    }
  }

  #answered(answer: EvaluateAnswer): void {
    const waiting = this.#waiting.get(answer.id)
    if (waiting === undefined) return
    this.#waiting.delete(answer.id)
    if ('misfit' in answer) this.#onMisfit(answer.misfit)
    if (answer.ok) waiting.resolve(answer.metrics)
    else waiting.reject(new Error(answer.reason))
  }

  /** A process that died is started once more for what it owed: an evaluation changes nothing and may be done twice. */
  #died(child: ChildProcess, reason: string): void {
    // An error may be told of the same process before its end.
    if (child !== this.#child) return
    this.#child = null
    kill(child)
    for (const [id, waiting] of this.#waiting) {
      if (waiting.tries >= 2 || this.#closed) {
        this.#waiting.delete(id)
        waiting.reject(new Error(reason))
      } else {
        waiting.tries += 1
        this.#ask(waiting)
      }
    }
  }
}

/**
 * Until its error is told, a process that could not be started has a number that is whatever its memory held: Node would kill that
 * one, which with 0 is this whole group.
 */
function kill(child: ChildProcess): void {
  if (child.pid !== undefined) child.kill('SIGKILL')
}
