import type { Participation } from '@tributary/client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CoordinatorProcess, startCoordinatorProcess } from './harness/coordinator-process.ts'
import { eventually, rowsOf, smallFederation, softmaxRun, temporaryFolder } from './harness/small-federation.ts'
import type { KillPoint } from './processes/coordinator.ts'

process.env.TRIBUTARY_BACKEND = 'wasm'

const CLIENTS = [
  { name: 'alder', rows: 17 },
  { name: 'birch', rows: 40 },
  { name: 'cedar', rows: 29 },
]
const ROUNDS = 3

interface Outcome {
  modelSha256: string
  accepted: string[]
  counted: Map<number, string[]>
  seqs: number[]
  restarts: number
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let coordinator: CoordinatorProcess | null = null
let participations: Participation[] = []

beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(async () => {
  await Promise.all(participations.map((participation) => participation.close()))
  participations = []
  await coordinator?.kill()
  coordinator = null
  await folder.remove()
})

/** One run of three rounds with three real clients over real sockets; the coordinator kills itself at the point and is started again. */
async function run(kill?: { point: KillPoint; occurrence: number }, seed = 42): Promise<Outcome> {
  const dataDir = `${folder.path}/coordinator-${kill?.point ?? 'calm'}-${seed}`
  const first = await startCoordinatorProcess({ dataDir, port: 0, ...(kill === undefined ? {} : { kill }) })
  coordinator = first
  const { url, port } = first
  const federation = await smallFederation(
    url,
    first.adminToken as string,
    `${folder.path}/identities-${kill?.point ?? 'calm'}-${seed}`,
  )
  for (const [index, { name, rows }] of CLIENTS.entries()) participations.push(await federation.join(name, rowsOf(index, rows)))
  let restarts = 0
  const restarted = first.ended.then(async () => {
    if (kill === undefined || participations.length === 0) return
    restarts += 1
    coordinator = await startCoordinatorProcess({ dataDir, port })
  })
  const created = await federation.admin.createRun(federation.id, {
    name: 'kill',
    config: softmaxRun(ROUNDS, CLIENTS.length, { seed }),
  })
  const done = await eventually('the run to end', async () => {
    const now = await federation.admin.run(created.id)
    return ['completed', 'failed', 'cancelled'].includes(now.phase) ? now : null
  })
  expect(done.phase).toBe('completed')
  if (kill !== undefined) await restarted
  const { events } = await federation.admin.events(created.id, { limit: 5_000 })
  await Promise.all(participations.map((participation) => participation.close()))
  participations = []
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
  await coordinator?.kill()
  coordinator = null
  return { modelSha256: done.modelSha256, accepted, counted, seqs: events.map(({ seq }) => seq), restarts }
}

const POINTS: { point: KillPoint; occurrence: number }[] = [
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
    expect(calm.restarts).toBe(0)
    for (const kill of POINTS) {
      const disturbed = await run(kill)
      const where = `${kill.point} #${kill.occurrence}`
      expect(disturbed.restarts, where).toBe(1)
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
