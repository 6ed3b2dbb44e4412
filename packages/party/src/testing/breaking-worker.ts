import { TributaryError } from '@tributary/protocol'
import type { WorkerResult, WorkerTask } from '../jobs/worker-task.ts'

/** What `numbers` of an opening, or the second value of an encryption, makes this worker do. */
export const BREAK = { throw: 1, exit: 2, refuse: 3 } as const

/** A worker that breaks on demand; the first value of an encryption, in shared memory, says how often more. */
export default async function work(task: WorkerTask): Promise<WorkerResult> {
  if (task.kind === 'open') return broken(task.numbers)
  const left = task.kind === 'combine' ? (task.values[0] ?? 0n) : 0n
  if (task.kind !== 'combine' || left === 0n) return { ok: true, answer: { parts: [], sha256: 'fine' } }
  task.values[0] = left - 1n
  return broken(Number(task.values[1]))
}

function broken(how: number): WorkerResult {
  if (how === BREAK.refuse) return { ok: false, error: new TributaryError('he_size', { actual: 4, expected: 8 }).toBody() }
  if (how === BREAK.exit) process.exit(1)
  return { ok: false, crashed: 'RuntimeError: unreachable' }
}
