import type { Job } from '@tributary/federation'
import { afterEach, expect, it } from 'vitest'
import { type JobRunner, MissingBulk } from '../jobs/job-runner.ts'
import { PartyWorld } from '../testing/party-world.ts'
import { plainJobRunner } from '../testing/plain-job-runner.ts'
import { smallParties } from '../testing/small-tables.ts'

let world: PartyWorld | null = null
afterEach(async () => {
  await world?.close()
  world = null
})

/** Jobs before which the store of a party loses a message, once. */
function losing(who: string, messageOf: (job: Job) => string | undefined): JobRunner {
  const jobs = plainJobRunner()
  let isLost = false
  return {
    run(job, context) {
      const message = context.me === who && !isLost ? messageOf(job) : undefined
      if (message === undefined) return jobs.run(job, context)
      isLost = true
      return Promise.reject(new MissingBulk(message))
    },
    forget: (of) => jobs.forget(of),
    close: () => jobs.close(),
  }
}

// A step's deadline is ten minutes: that these end at all is the test.
it('a chunk that is gone from the store ends the alignment at once, for everybody', async () => {
  world = await PartyWorld.open({
    parties: smallParties(),
    jobs: losing('clinic-a', (job) => (job.kind === 'psi-mask' ? job.set : undefined)),
  })
  const { id } = world.createRun()
  const gone = { code: 'slr_aborted', details: { name: 'clinic-a', reason: expect.stringContaining('is gone') } }
  await Promise.all([
    expect(world.node('clinic-a').outcome(id)).rejects.toMatchObject(gone),
    expect(world.node('lab-b').outcome(id)).rejects.toMatchObject({ code: 'slr_aborted', details: { name: 'clinic-a' } }),
  ])
})

it('a share that is gone from the store rejects its prediction, and the next one is answered', async () => {
  world = await PartyWorld.open({
    parties: smallParties(),
    jobs: losing('lab-b', (job) => (job.kind === 'predict-sum' ? job.shares[0] : undefined)),
  })
  const { id } = world.createRun()
  const node = world.node('lab-b')
  await Promise.all([node.outcome(id), world.node('clinic-a').outcome(id)])
  await expect(node.predict(id, [1, 2])).rejects.toMatchObject({ code: 'storage_corrupt' })
  expect(await node.predict(id, [1, 2])).toHaveLength(2)
})
