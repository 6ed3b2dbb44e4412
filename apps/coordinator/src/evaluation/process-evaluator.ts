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
      this.#running().send(waiting.message)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    const child = this.#child
    if (child === null || child.exitCode !== null) return
    await new Promise((resolve) => {
      child.once('exit', resolve)
      child.kill('SIGKILL')
    })
  }

  #running(): ChildProcess {
    if (this.#child !== null) return this.#child
    const child = fork(fileURLToPath(new URL('./evaluation-process.ts', import.meta.url)), [JSON.stringify(this.#testData)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    child.on('message', (answer: EvaluateAnswer) => this.#answered(answer))
    child.on('exit', (code, signal) => this.#died(`the evaluation process ended (${signal ?? code})`))
    this.#child = child
    return child
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
  #died(reason: string): void {
    this.#child = null
    for (const [id, waiting] of this.#waiting) {
      if (waiting.tries >= 2 || this.#closed) {
        this.#waiting.delete(id)
        waiting.reject(new Error(reason))
      } else {
        waiting.tries += 1
        this.#running().send(waiting.message)
      }
    }
  }
}
