import type { WorkerTask } from './worker-task.ts'

// By import(), see docs/decisions/0006-threads-load-by-import.md.
const loaded = import('./work.ts')

/** Entry point of a worker thread. */
export default async function perform(task: WorkerTask): Promise<unknown> {
  return (await loaded).work(task)
}
