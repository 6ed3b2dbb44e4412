import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Institution, World } from './harness/institutions.ts'
import { softmaxRun } from './harness/small-federation.ts'

const CLIENTS = [
  { name: 'alder', rows: 17 },
  { name: 'birch', rows: 40 },
  { name: 'cedar', rows: 29 },
]
const ROUNDS = 2
const FORWARD = [0, 1, 2]
const BACKWARD = [2, 1, 0]

let world: World
beforeAll(async () => {
  world = await World.open()
})
afterAll(() => world.close())

test('the model does not depend on the order in which clients answer', async () => {
  const id = await world.federation('order')
  const clients = await Promise.all(CLIENTS.map(({ name, rows }, index) => world.join(id, name, index, rows)))

  /** Each client's training is held until the one before it is accepted, in every round. */
  const run = async (order: readonly number[], seed: number) => {
    for (const client of clients) client.tell({ do: 'hold', trainings: ROUNDS })
    const created = await world.run(id, softmaxRun(ROUNDS, CLIENTS.length, { seed }))
    let accepted = 0
    for (let round = 1; round <= ROUNDS; round += 1) {
      await Promise.all(clients.map((client) => client.next('holding')))
      for (const index of order) {
        ;(clients[index] as Institution).tell({ do: 'go' })
        accepted += 1
        await world.logged(created, 'update.accepted', accepted)
      }
    }
    const done = await world.reached(created, 'completed')
    const arrivals = (await world.log(created, 'update.accepted')).map(({ round, name }) => `${round}/${name}`)
    return { sha256: done.modelSha256, arrivals }
  }

  const forward = await run(FORWARD, 42)
  const backward = await run(BACKWARD, 42)
  expect(forward.arrivals).toEqual(['1/alder', '1/birch', '1/cedar', '2/alder', '2/birch', '2/cedar'])
  expect(backward.arrivals).toEqual(['1/cedar', '1/birch', '1/alder', '2/cedar', '2/birch', '2/alder'])
  expect(backward.sha256).toBe(forward.sha256)
  // The hash tells models apart.
  expect((await run(BACKWARD, 43)).sha256).not.toBe(forward.sha256)
})
