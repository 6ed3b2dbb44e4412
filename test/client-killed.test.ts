import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Institution, names, World } from './harness/institutions.ts'
import { softmaxRun } from './harness/small-federation.ts'

const CLIENTS = [
  { name: 'alder', client: 0, rows: 17 },
  { name: 'birch', client: 1, rows: 40 },
  { name: 'cedar', client: 2, rows: 29 },
] as const
const ROUNDS = 2

let world: World
beforeAll(async () => {
  world = await World.open()
})
afterAll(() => world.close())

async function federationOfThree(name: string): Promise<{ id: string; cedar: Institution }> {
  const id = await world.federation(name)
  const [, , cedar] = await Promise.all(CLIENTS.map((c) => world.join(id, c.name, c.client, c.rows)))
  return { id, cedar: cedar as Institution }
}

/** Creates the run and kills cedar while it trains in round 1, before its upload. */
async function killCedarInTraining(
  id: string,
  cedar: Institution,
  config: Parameters<World['run']>[1],
  during: (run: string) => Promise<unknown> = async () => {},
): Promise<string> {
  cedar.tell({ do: 'hold', trainings: 1 })
  const run = await world.run(id, config)
  await during(run)
  await cedar.next('holding')
  await cedar.kill()
  return run
}

const idOf = async (federation: string, name: string): Promise<string | undefined> =>
  (await world.admin.participants(federation)).find((participant) => participant.name === name)?.id

describe('an institution killed by SIGKILL while it trains', () => {
  test('is missing by name in the round that closes at its deadline; started again it is the same participant and counts', async () => {
    const { id, cedar } = await federationOfThree('deadline')
    const before = await idOf(id, 'cedar')
    // Rests after round 1, so that the restart lies between two rounds however slow the machine is.
    const rest = (run: string) => world.admin.act(run, { action: 'pause', reason: 'until cedar is back' })
    const run = await killCedarInTraining(id, cedar, softmaxRun(ROUNDS, 2, { deadlineSeconds: 3 }), rest)
    const first = await world.logged(run, 'round.closed')
    expect(names(first.counted)).toEqual(['alder', 'birch'])
    expect(first.missing).toMatchObject([
      { name: 'cedar', participant: before, reason: expect.stringMatching(/^offline since \d{4}-\d\d-\d\d \d\d:\d\d UTC$/) },
    ])
    expect(first.seconds).toBeGreaterThanOrEqual(3)
    await world.reached(run, 'paused')

    const again = await world.comeBack(id, 'cedar', 2, 29)
    again.tell({ do: 'hold', trainings: 1 })
    await world.admin.act(run, { action: 'resume', reason: 'cedar is back' })
    await again.next('holding')
    // A program that has just started may need long for its first training.
    await world.admin.act(run, { action: 'extend', seconds: 100, reason: 'cedar trains for the first time' })
    again.tell({ do: 'go' })
    const second = await world.logged(run, 'round.closed', 2)
    expect(names(second.counted)).toEqual(['alder', 'birch', 'cedar'])
    expect(second.counted[2]?.participant).toBe(before)
    expect(second.missing).toEqual([])
    expect((await again.next('uploaded')).round).toBe(2)
    expect(names(await world.admin.participants(id)).sort()).toEqual(['alder', 'birch', 'cedar'])
    await world.reached(run, 'completed')
  })

  test('is waited for below the minimum, gets its task again, and the model ends in the same bytes as without the kill', async () => {
    const { id, cedar } = await federationOfThree('minimum')
    const undisturbed = await world.reached(await world.run(id, softmaxRun(ROUNDS, 3)), 'completed')
    const before = await idOf(id, 'cedar')

    const run = await killCedarInTraining(id, cedar, softmaxRun(ROUNDS, 3, { deadlineSeconds: 1 }))
    expect(await world.logged(run, 'round.overdue')).toMatchObject({ round: 1, minimum: 3 })
    expect(await world.log(run, 'round.closed')).toEqual([])
    expect((await world.admin.run(run)).phase).toBe('training')

    const again = await world.comeBack(id, 'cedar', 2, 29)
    expect((await again.next('task')).task).toMatchObject({ run, round: 1 })
    const disturbed = await world.reached(run, 'completed')
    expect(disturbed.modelSha256).toBe(undisturbed.modelSha256)
    const accepted = (await world.log(run, 'update.accepted')).map(({ round, name }) => `${round}/${name}`)
    expect(accepted.sort()).toEqual(['1/alder', '1/birch', '1/cedar', '2/alder', '2/birch', '2/cedar'])
    expect(await idOf(id, 'cedar')).toBe(before)
    expect(await world.admin.participants(id)).toHaveLength(3)
  })
})
