import { startCoordinator } from '@tributary/coordinator'
import { decodeContainer, type StrategyConfig } from '@tributary/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { gradientDescent, largestDifference } from './harness/gradient-descent.ts'
import { eventually, rowsOf, smallFederation, softmaxRun, temporaryFolder } from './harness/small-federation.ts'

process.env.TRIBUTARY_BACKEND = 'wasm'

const ROUNDS = 10
const LEARNING_RATE = 0.5
/** Unequal sizes, so that a mean without weights is another mean. */
const SIZES = [5, 60, 23]

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(() => folder.remove())

/** C = 1, E = 1, B = ∞ over real sockets; gives the distance from centralised gradient descent on the joined rows. */
async function distance(strategy: Partial<StrategyConfig>): Promise<number> {
  const coordinator = await startCoordinator({ host: '127.0.0.1', port: 0, dataDir: `${folder.path}/c`, logLevel: 'warn' })
  const parts = SIZES.map((rows, client) => rowsOf(client, rows))
  const federation = await smallFederation(coordinator.url, coordinator.adminToken as string, `${folder.path}/i`)
  const clients = await Promise.all(parts.map((data, index) => federation.join(`client-${index}`, data)))
  try {
    const run = await federation.admin.createRun(federation.id, {
      name: 'exact',
      config: softmaxRun(ROUNDS, SIZES.length, {
        strategy: { name: 'fedavg', serverLearningRate: LEARNING_RATE, ...strategy },
        training: { epochs: 1, batchSize: null, optimiser: 'sgd', learningRate: LEARNING_RATE },
      }),
    })
    const done = await eventually('ten rounds', async () => {
      const now = await federation.admin.run(run.id)
      return now.phase === 'completed' ? now : null
    })
    const models = await federation.admin.models(run.id)
    const initial = models.find(({ round }) => round === 0)
    const tensors = async (sha256: string) => decodeContainer(await federation.admin.downloadModel(sha256)).tensors
    const truth = gradientDescent(await tensors(initial?.sha256 as string), parts, LEARNING_RATE, ROUNDS)
    return largestDifference(await tensors(done.modelSha256), truth)
  } finally {
    await Promise.all(clients.map((client) => client.close()))
    await coordinator.close()
  }
}

describe('FedAvg over real sockets, with C=1, E=1, B=∞ and clients of unequal size', () => {
  test('of parameters equals centralised gradient descent to 1e-5 in every weight', async () => {
    expect(await distance({ form: 'parameters', weighting: 'samples' })).toBeLessThan(1e-5)
  })
  test('of gradients equals centralised gradient descent to 1e-5 in every weight', async () => {
    expect(await distance({ form: 'gradients', weighting: 'samples' })).toBeLessThan(1e-5)
  })
  test('without the weights it does not: the test above can fail', async () => {
    expect(await distance({ form: 'parameters', weighting: 'uniform' })).toBeGreaterThan(1e-3)
  })
})
