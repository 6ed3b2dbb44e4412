import type { Job, VerticalMachineEvent } from '@tributary/federation'
import { TributaryError } from '@tributary/protocol'
import { type JobContext, type JobOutput, type JobRunner, MissingBulk } from '../jobs/job-runner.ts'
import { StoreFailure } from '../store/database.ts'

export interface JobDeskOptions {
  readonly jobs: JobRunner
  /** As the store stands when a job begins. */
  readonly context: () => JobContext
  /** Tells the machine, in its turn; answers why the machine refused, else null. */
  readonly tell: (event: VerticalMachineEvent, output?: JobOutput) => Promise<TributaryError | null>
  /** Does this in turn with everything else of the run. */
  readonly inTurn: (work: () => Promise<void>) => Promise<void>
}

/** Jobs that a machine asked for: each is done once at a time, its result is an event of the machine. */
export class JobDesk {
  readonly #options: JobDeskOptions
  readonly #working = new Set<string>()

  constructor(options: JobDeskOptions) {
    this.#options = options
  }

  start(id: string, job: Job): void {
    if (this.#working.has(id)) return
    this.#working.add(id)
    const { jobs, context, tell, inTurn } = this.#options
    const done = (report: () => Promise<unknown>) =>
      inTurn(async () => {
        this.#working.delete(id)
        await report()
      })
    jobs.run(job, context()).then(
      (output) => done(() => tell({ type: 'jobDone', job: id, result: output.result }, output)),
      (error: unknown) =>
        done(async () => {
          // No fault of the job or of what it was given: the run stops here as at a failed commit, and the next start does it again.
          if (error instanceof StoreFailure) throw error
          // A machine that can go on without the blob or message says so; else its job has failed.
          if (error instanceof MissingBulk && (await tell({ type: 'lost', blob: error.ref })) === null) return
          await tell(failureOf(id, error))
        }),
    )
  }
}

/** What the machine is told about a job that failed. */
function failureOf(job: string, error: unknown): VerticalMachineEvent {
  if (error instanceof TributaryError) return { type: 'jobFailed', job, error: error.toBody() }
  const known =
    error instanceof MissingBulk
      ? new TributaryError('storage_corrupt', { sha256: error.ref })
      : new TributaryError('party_fault', { reason: String(error) }, { cause: error })
  return { type: 'jobFailed', job, error: known.toBody() }
}
