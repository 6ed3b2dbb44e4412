import { TributaryError } from '@tributary/protocol'
import type { WorkerResult, WorkerTask } from '../jobs/worker-task.ts'

/** What `numbers` of an opening, or the second value of an encryption, makes this worker do; `slow` is as `none`, but late. */
export const BREAK = { none: 0, throw: 1, exit: 2, refuse: 3, slow: 4 } as const

const FINE: WorkerResult = { ok: true, answer: { parts: [], sha256: 'fine' } }
const SLOW_MS = 400

/** A worker that breaks on demand; the first value of an encryption, in shared memory, says how often more. */
export async function work(task: WorkerTask): Promise<WorkerResult> {
  if (task.kind === 'open') return broken(task.numbers)
  const left = task.kind === 'combine' ? (task.values[0] ?? 0n) : 0n
  if (task.kind !== 'combine' || left === 0n) return FINE
  task.values[0] = left - 1n
  return broken(Number(task.values[1]))
}

async function broken(how: number): Promise<WorkerResult> {
  if (how === BREAK.none) return FINE
  if (how === BREAK.slow) return new Promise((resolve) => setTimeout(resolve, SLOW_MS, FINE))
  if (how === BREAK.refuse) return { ok: false, error: new TributaryError('he_size', { actual: 4, expected: 8 }).toBody() }
  if (how === BREAK.exit) process.exit(1)
  return { ok: false, crashed: 'RuntimeError: unreachable' }
}
