import type { Participation } from '@tributary/client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CoordinatorProcess, startCoordinatorProcess } from './harness/coordinator-process.ts'
import { fixedPort } from './harness/fixed-port.ts'
import { eventually, rowsOf, smallFederation, softmaxRun, temporaryFolder } from './harness/small-federation.ts'
import type { KillPoint } from './processes/coordinator.ts'

process.env.TRIBUTARY_BACKEND = 'wasm'

const CLIENTS = [
  { name: 'alder', rows: 17 },
  { name: 'birch', rows: 40 },
  { name: 'cedar', rows: 29 },
]
const ROUNDS = 3
const ABREAST = 4

interface Outcome {
  modelSha256: string
  accepted: string[]
  counted: Map<number, string[]>
  seqs: number[]
  wasKilled: boolean
}

interface Kill {
  readonly point: KillPoint
  readonly occurrence: number
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>
const processes = new Set<CoordinatorProcess>()
const participations = new Set<Participation>()

beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(async () => {
  await Promise.all([...participations].map((participation) => participation.close()))
  participations.clear()
  await Promise.all([...processes].map((one) => one.kill()))
  processes.clear()
  await folder.remove()
})

async function started(options: Parameters<typeof startCoordinatorProcess>[0]): Promise<CoordinatorProcess> {
  const one = await startCoordinatorProcess(options)
  processes.add(one)
  return one
}

/** One run of three rounds with three real clients over real sockets; the coordinator kills itself at the point and is started again. */
async function run(kill?: Kill, seed = 42): Promise<Outcome> {
  const place = `${kill?.point ?? 'calm'}-${seed}`
  const dataDir = `${folder.path}/coordinator-${place}`
  const first = await started({ dataDir, port: await fixedPort(), ...(kill === undefined ? {} : { kill }) })
  const { url, port } = first
  const federation = await smallFederation(url, first.adminToken as string, `${folder.path}/identities-${place}`)
  const own: Participation[] = []
  for (const [index, { name, rows }] of CLIENTS.entries()) {
    const participation = await federation.join(name, rowsOf(index, rows))
    participations.add(participation)
    own.push(participation)
  }
  const restarted = kill === undefined ? null : first.ended.then(() => started({ dataDir, port }))
  const created = await federation.admin.createRun(federation.id, {
    name: 'kill',
    config: softmaxRun(ROUNDS, CLIENTS.length, { seed }),
  })
  const done = await eventually(
    'the run to end',
    async () => {
      const now = await federation.admin.run(created.id)
      return ['completed', 'failed', 'cancelled'].includes(now.phase) ? now : null
    },
    150_000,
  )
  expect(done.phase).toBe('completed')
  const second = await restarted
  const { events } = await federation.admin.events(created.id, { limit: 5_000 })
  for (const participation of own) {
    await participation.close()
    participations.delete(participation)
  }
  const counted = new Map<number, string[]>()
  const accepted: string[] = []
  for (const { event } of events) {
    if (event.type === 'round.closed')
      counted.set(
        event.data.round,
        event.data.counted.map(({ name, samples }) => `${name}:${samples}`),
      )
    if (event.type === 'update.accepted') accepted.push(`${event.data.round}/${event.data.name}`)
  }
  await (second ?? first).kill()
  return { modelSha256: done.modelSha256, accepted, counted, seqs: events.map(({ seq }) => seq), wasKilled: second !== null }
}

const POINTS: Kill[] = [
  { point: 'update-before-commit', occurrence: 2 },
  { point: 'update-after-commit', occurrence: 5 },
  { point: 'aggregate-before', occurrence: 2 },
  { point: 'aggregate-after', occurrence: 1 },
  { point: 'evaluate-before', occurrence: 2 },
  { point: 'close-before-commit', occurrence: 2 },
  { point: 'close-after-commit', occurrence: 1 },
]

describe('a coordinator killed by SIGKILL', () => {
  test('goes on from the same round in every phase, counts every acknowledged update once, and ends in the same bytes', async () => {
    const calm = await run()
    expect(calm.wasKilled).toBe(false)
    // Some at a time: most of each is starting processes and waiting for them.
    const disturbances: Outcome[] = []
    for (let at = 0; at < POINTS.length; at += ABREAST)
      disturbances.push(...(await Promise.all(POINTS.slice(at, at + ABREAST).map((kill) => run(kill)))))
    for (const [index, disturbed] of disturbances.entries()) {
      const kill = POINTS[index] as Kill
      const where = `${kill.point} #${kill.occurrence}`
      expect(disturbed.wasKilled, where).toBe(true)
      expect(disturbed.modelSha256, where).toBe(calm.modelSha256)
      expect([...disturbed.accepted].sort(), where).toEqual([...calm.accepted].sort())
      expect(disturbed.counted, where).toEqual(calm.counted)
      expect(disturbed.seqs, where).toEqual(disturbed.seqs.map((_, i) => i + 1))
    }
  })

  test('is told apart by the hash: another seed ends in other bytes', async () => {
    const one = await run()
    const other = await run(undefined, 43)
    expect(one.accepted).toHaveLength(ROUNDS * CLIENTS.length)
    expect(other.modelSha256).not.toBe(one.modelSha256)
  })
})
