import type { RunConfigInput } from '@tributary/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { softmaxRun } from '../harness/small-federation.ts'
import { missingBrowser } from './chromium.ts'
import { BrowserWorld } from './world.ts'

// Bits are equal on WASM alone.
process.env.TRIBUTARY_BACKEND = 'wasm'

const CLIENTS = [
  { name: 'alder', rows: 17 },
  { name: 'birch', rows: 40 },
  { name: 'cedar', rows: 29 },
  { name: 'damson', rows: 8 },
] as const

const imageRun: RunConfigInput = {
  ...softmaxRun(2, CLIENTS.length),
  model: { name: 'lenet', inputShape: [16, 16, 1], outputs: 3 },
  training: { epochs: 2, batchSize: 8, optimiser: 'momentum', learningRate: 0.05 },
}

describe.skipIf(missingBrowser !== null)('browser and Node are the same client', () => {
  let world: BrowserWorld
  beforeAll(async () => {
    world = await BrowserWorld.open()
  })
  afterAll(() => world?.close())

  test.each<[string, RunConfigInput, readonly number[]]>([
    ['softmax regression on a table', softmaxRun(4, CLIENTS.length), [6]],
    ['LeNet with momentum on small images', imageRun, [16, 16, 1]],
  ])('%s: two in Chromium and two in Node end in the bytes of four in Node', async (title, config, featureShape) => {
    const hashOf = async (kind: string, inPage: (place: number) => boolean): Promise<string> => {
      const federation = await world.federation(`${title}, ${kind}`)
      const closing: (() => Promise<unknown>)[] = []
      for (const [place, { name, rows }] of CLIENTS.entries()) {
        const table = { client: place, rows, featureShape }
        if (inPage(place)) {
          const { page } = await world.joinInPage(federation, name, table)
          closing.push(() => page.context().close())
        } else {
          const participation = await world.joinInNode(federation, name, table)
          closing.push(() => participation.close())
        }
      }
      const run = await world.run(federation, config)
      const { modelSha256 } = await world.completed(run)
      const accepted = await world.log(run, 'update.accepted')
      expect(accepted).toHaveLength(config.rounds * CLIENTS.length)
      await Promise.all(closing.map((close) => close()))
      return modelSha256
    }
    const inNode = await hashOf('all in Node', () => false)
    const mixed = await hashOf('mixed', (place) => place % 2 === 1)
    expect(mixed).toBe(inNode)
    // Neither hash stands still when the training differs.
    const other = await world.federation(`${title}, other seed`)
    await world.joinInNode(other, 'alder', { client: 0, rows: 17, featureShape })
    const run = await world.run(other, { ...config, seed: 43, selection: { fraction: 1, minimum: 1 } })
    expect((await world.completed(run)).modelSha256).not.toBe(inNode)
  })
})
