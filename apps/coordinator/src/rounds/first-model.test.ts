import { modelSpecification } from '@tributary/models/specification'
import { encodeModel, type FederationId, type ModelConfig, type ModelVersion, type Run, routes } from '@tributary/protocol'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { errorOf, type HttpWorld, httpWorld, someRunRequest } from '../testing/http-world.ts'
import { watchTurns } from '../testing/longest-turn.ts'
import { MOST_RUN_PARAMETERS } from './first-model.ts'

let world: HttpWorld
let fed: FederationId
beforeAll(async () => {
  world = await httpWorld()
  fed = await world.federation('ours')
})
afterAll(() => world.close())

const create = (model: ModelConfig, seed = 7) => {
  const body = { ...someRunRequest, config: { ...someRunRequest.config, model, seed } }
  return world.call(routes.federationRuns(fed), { method: 'POST', token: world.admin, body })
}
const mlp = (features: number, width: number): ModelConfig => ({
  name: 'mlp',
  inputShape: [features],
  hidden: [width],
  outputs: 1,
})

it('refuses a model beyond the limit at once, and names both', async () => {
  const began = process.cpuUsage()
  // 500 million parameters, which the specification itself takes.
  const answer = await create(mlp(1_000_000, 500))
  const { user, system } = process.cpuUsage(began)
  expect((user + system) / 1_000).toBeLessThan(1_000)
  const { code, details } = errorOf(answer)
  expect([answer.statusCode, code]).toEqual([400, 'config_invalid'])
  expect(details).toMatchObject({ setting: 'model', reason: expect.stringContaining(`${MOST_RUN_PARAMETERS}`) })
  const { parameterCount } = modelSpecification(mlp(65_536, 1_024))
  expect(parameterCount).toBeGreaterThan(MOST_RUN_PARAMETERS)
  expect(errorOf(await create(mlp(65_536, 1_024))).code).toBe('config_invalid')
})

it.each<[string, ModelConfig]>([
  ['smaller than a piece', { name: 'softmax', inputShape: [784], outputs: 10 }],
  ['of several pieces', { name: '2nn', inputShape: [28, 28, 1], outputs: 10 }],
])('begins with the bytes of the seed: a model %s', async (_, model) => {
  const { initialise } = modelSpecification(model)
  for (const seed of [0, 2 ** 32 - 1]) {
    const [first, again] = await Promise.all([create(model, seed), create(model, seed)])
    const { bytes, sha256 } = encodeModel(initialise(seed))
    for (const answer of [first, again]) {
      const { id } = answer.json<Run>()
      const [version] = (await world.call(routes.runModels(id), { token: world.admin })).json<ModelVersion[]>()
      expect(version).toMatchObject({ round: 0, sha256, bytes: bytes.byteLength })
    }
    const blob = await world.call(routes.model(sha256), { token: world.admin })
    expect(blob.rawPayload.equals(bytes)).toBe(true)
  }
})

it('leaves the event loop its turns while it makes ten million parameters', async () => {
  const stop = watchTurns()
  const answer = await create(mlp(10_000, 1_000))
  const longest = stop()
  expect(answer.statusCode).toBe(200)
  expect(longest).toBeLessThan(50)
})
