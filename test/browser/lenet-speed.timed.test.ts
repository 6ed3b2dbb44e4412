import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { softmaxRun } from '../harness/small-federation.ts'
import { missingBrowser } from './chromium.ts'
import { withinBudget } from './harness/figures.ts'
import { startNodeClient } from './node-client.ts'
import { BrowserWorld } from './world.ts'

process.env.TRIBUTARY_BACKEND = 'wasm'

const TABLE = { client: 0, rows: 300, featureShape: [28, 28, 1] }
/** So long that fifty presses fit into a pass on a fast machine too. */
const EPOCHS = 40
const trainingFor = (epochs: number) =>
  softmaxRun(1, 1, {
    model: { name: 'lenet', inputShape: [28, 28, 1], outputs: 3 },
    training: { epochs, batchSize: 10, optimiser: 'sgd', learningRate: 0.05 },
    deadlineSeconds: 300,
  })
/** At most: the second is for a machine that had others to serve in the first. */
const PASSES = 4
const RATIO = 0.7
const PRESSES = 50
const PRESS_MS = 100

/** The smallest value that so great a share of the values does not exceed. */
const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)] ?? Number.NaN

describe.skipIf(missingBrowser !== null)('LeNet in Chromium', () => {
  let world: BrowserWorld
  beforeAll(async () => {
    world = await BrowserWorld.open()
  })
  afterAll(() => world?.close())

  test('trains about as fast as on WASM in Node, and the page answers presses within 100 ms meanwhile', async () => {
    const [inNode, inPage] = [await world.federation('node'), await world.federation('page')]
    const invite = await world.invite(inNode, 'alder')
    const stateDir = `${world.folder}/alder`
    const child = await startNodeClient({ url: world.coordinator.url, name: 'alder', invite, stateDir, table: TABLE })
    onTestFinished(() => void child.kill('SIGKILL'))
    const birch = await world.joinInPage(inPage, 'birch', TABLE)
    const { page } = birch

    const speedOf = async (run: string): Promise<number> => {
      const [accepted] = await world.log(run, 'update.accepted')
      return (TABLE.rows * EPOCHS) / (accepted?.seconds ?? Number.NaN)
    }
    const inPageWithPresses = async (nth: number) => {
      const run = await world.run(inPage, trainingFor(EPOCHS))
      await birch.next('task', nth)
      const before = await page.evaluate(() => globalThis.client.presses.length)
      for (let press = 0; press < PRESSES; press += 1) await page.click('#press')
      const isTraining = (await world.admin.run(run)).phase === 'training'
      const presses = await page.evaluate((from) => globalThis.client.presses.slice(from), before)
      await world.completed(run)
      expect(presses).toHaveLength(PRESSES)
      return { speed: await speedOf(run), presses, isTraining }
    }

    // The first training compiles.
    for (const federation of [inNode, inPage]) await world.completed(await world.run(federation, trainingFor(2)))
    await withinBudget(PASSES, async (pass) => {
      // By turns, so that what else the machine does falls on both.
      const run = await world.run(inNode, trainingFor(EPOCHS))
      await world.completed(run)
      const node = await speedOf(run)
      const { speed, presses, isTraining } = await inPageWithPresses(pass + 1)
      console.log(
        `LeNet, samples/s: Chromium ${speed.toFixed(0)}, Node ${node.toFixed(0)}, ratio ${(speed / node).toFixed(2)} (at least ${RATIO}); ` +
          `presses meanwhile: median ${percentile(presses, 0.5).toFixed(1)} ms, at most ${Math.max(...presses).toFixed(1)} ms`,
      )
      return [
        { of: 'Node in parts of Chromium', value: node / speed, most: 1 / RATIO },
        { of: 'presses while LeNet trains, p95 ms', value: percentile(presses, 0.95), most: PRESS_MS },
        { of: 'rounds that were over before the last press', value: isTraining ? 0 : 1, most: 0 },
      ]
    })
  })
})
