import { CryptoJobRunner } from '../jobs/crypto-job-runner.ts'
import type { JobRunner } from '../jobs/job-runner.ts'
import { PlainBench } from './plain-scheme.ts'

/** Jobs in this thread, without encryption: for tests of everything around them. */
export function plainJobRunner(): JobRunner {
  const bench = new PlainBench()
  const pool = {
    run: (task: Parameters<PlainBench['run']>[0]) => bench.run(task),
    close: async () => undefined,
  }
  return new CryptoJobRunner(pool, pool)
}
