import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Dataset } from '@tributary/data'
import { modelSpecification } from '@tributary/models/specification'
import { decodeContainer, encodeModel, type ModelConfig } from '@tributary/protocol'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { memoryIdentityStore } from './identity/memory-identity-store.ts'
import { joinFederation, type Participation } from './index.node.ts'
import { FakeCoordinator } from './testing/fake-coordinator.node.ts'
import { joined } from './testing/joined.node.ts'
import { EventRecorder, FakeTrainer, hastyClock, taskOf, until } from './testing/participant-fixture.ts'

let fake: FakeCoordinator
let participation: Participation | null = null
const seen = new EventRecorder()
beforeEach(async () => {
  fake = await FakeCoordinator.start()
})
afterEach(async () => {
  await participation?.close()
  await fake.close()
})

/** Two clouds that a line tells apart. */
function clouds(count: number): Dataset {
  const labels = Float32Array.from({ length: count }, (_, row) => row % 2)
  const features = Float32Array.from({ length: 2 * count }, (_, i) => (((i >> 1) % 2) * 2 - 1) * (1 + ((i * 7) % 5) / 5))
  return { features, featureShape: [2], labels, count, classes: 2 }
}

it('trains by @tributary/models, and reports the accuracy on rows that it kept out of training', async () => {
  const model: ModelConfig = { name: 'softmax', inputShape: [2], outputs: 2 }
  const encoded = encodeModel(modelSpecification(model).initialise(1))
  fake.models.set(encoded.sha256, encoded.bytes)
  const { token } = fake.addMember('a')
  participation = await joinFederation({
    url: fake.url,
    token,
    data: async () => clouds(40),
    holdOut: 0.25,
    identity: memoryIdentityStore(),
    onEvent: seen.record,
  })
  expect(['native', 'wasm', 'cpu']).toContain(participation.backend)
  expect(fake.ready).toMatchObject([{ samples: 30, backend: participation.backend }])
  const training = { epochs: 20, batchSize: 5, optimiser: 'sgd', learningRate: 0.5 } as const
  fake.socket?.emit('task', taskOf({ encoded, model, training }))
  const uploaded = await seen.nth('uploaded')
  expect(uploaded).toMatchObject({ samples: 30, accuracy: 1 })
  expect(uploaded.loss).toBeLessThan(0.1)

  fake.socket?.emit('task', taskOf({ encoded, model, form: 'gradients', round: 2 }))
  expect(await seen.nth('uploaded', 2)).toMatchObject({ samples: 30, accuracy: null })
  const [, gradients] = [...fake.accepted.values()].map((bytes) => decodeContainer(bytes).header)
  expect(gradients).toMatchObject({ kind: 'update', meta: { form: 'gradients', round: 2 } })
})

it('tells the coordinator no cell, row or path of a failure; its owner is told all of it', async () => {
  const model: ModelConfig = { name: 'softmax', inputShape: [2], outputs: 10 }
  const encoded = encodeModel(modelSpecification(model).initialise(1))
  fake.models.set(encoded.sha256, encoded.bytes)
  const events = new EventRecorder()
  const data = { ...clouds(40), classes: null }
  data.labels[17] = 51_234.5
  const options = { url: fake.url, data, identity: memoryIdentityStore(), clock: hastyClock(), onEvent: events.record }
  participation = await joinFederation({ ...options, token: fake.addMember('a').token })
  fake.socket?.emit('task', taskOf({ encoded, model }))
  expect((await events.nth('trainingFailed')).error.message).toMatch(/row 17, column label: 51234\.5 is not a class/)
  await until(() => fake.failures.length === 1)
  const [labels] = fake.failures
  expect(labels?.reason).not.toMatch(/51234|17|label/)
  expect(labels?.reason).toMatch(/^data_invalid \(institution\): .*Mend the file or the schema/)
  await participation.close()

  const trainer = new FakeTrainer()
  trainer.fault = new Error('cell 51234.5 in /home/x')
  participation = await joinFederation({ ...options, trainer: trainer.train, token: fake.addMember('b').token })
  fake.socket?.emit('task', taskOf({ encoded, model }))
  expect((await events.nth('trainingFailed', 2)).error.message).toContain('cell 51234.5 in /home/x')
  await until(() => fake.failures.length === 2)
  expect(fake.failures[1]?.reason).not.toMatch(/cell|51234|home/)
  expect(fake.failures[1]?.reason).toBe("the error stands in that institution's log alone")
})

it('keeps no more memory after forty rounds than after five', async () => {
  const model: ModelConfig = { name: 'softmax', inputShape: [20_000], outputs: 10 }
  const specification = modelSpecification(model)
  const megabytes = (4 * specification.parameterCount) / 1e6
  const trainer = new FakeTrainer()
  const rounds = new EventRecorder()
  participation = await joined({ fake, trainer, seen: rounds })
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const used: number[] = []
  for (let round = 1; round <= 40; round += 1) {
    const encoded = encodeModel(specification.initialise(round))
    fake.models.clear()
    fake.models.set(encoded.sha256, encoded.bytes)
    fake.socket?.emit('task', taskOf({ encoded, model, round }))
    await rounds.nth('uploaded', round)
    // What the test itself holds.
    fake.stored.clear()
    fake.accepted.clear()
    trainer.tasks.splice(0)
    if (round === 5 || round === 40) used.push(await lowestMegabytes(collect))
  }
  const [early = 0, late] = used
  expect(late).toBeLessThan(early + 1.5 * megabytes)
}, 120_000)

/** Buffers are freed some time after they are collected: what is held is what stays however often one looks. */
async function lowestMegabytes(collect: () => void): Promise<number> {
  let lowest = Number.POSITIVE_INFINITY
  for (let i = 0; i < 20; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    collect()
    lowest = Math.min(lowest, process.memoryUsage().arrayBuffers / 1e6)
  }
  return lowest
}
