import type { Job } from '@tributary/federation'
import type { JobContext, JobOutput, JobRunner } from '@tributary/party'

/** Does a job in another way; the real one by `real`. */
export type Around = (job: Job, context: JobContext, real: (instead?: Job) => Promise<JobOutput>) => Promise<JobOutput>

/** A party's work with something put around it. */
export const workAround = (real: JobRunner, around: Around): JobRunner => ({
  run: (job, context) => around(job, context, (instead = job) => real.run(instead, context)),
  forget: (run) => real.forget(run),
  close: () => real.close(),
})
