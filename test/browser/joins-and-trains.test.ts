import type { ModelConfig } from '@tributary/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { softmaxRun } from '../harness/small-federation.ts'
import { missingBrowser } from './chromium.ts'
import { BrowserWorld } from './world.ts'

process.env.TRIBUTARY_BACKEND = 'wasm'
const ROUNDS = 12

describe.skipIf(missingBrowser !== null)('a participant in Chromium', () => {
  let world: BrowserWorld
  beforeAll(async () => {
    world = await BrowserWorld.open()
  })
  afterAll(() => world?.close())

  test('joins by an invite, trains beside a client in Node, and counts in each round', async () => {
    const federation = await world.federation('beside')
    await world.joinInNode(federation, 'alder', { client: 0, rows: 30 })
    const page = await world.joinInPage(federation, 'birch', { client: 1, rows: 40 }, 0.25)
    expect(await page.about()).toMatchObject({ name: 'birch', backend: 'wasm' })
    const run = await world.run(federation, softmaxRun(3, 2))
    const { modelSha256 } = await world.completed(run)
    const closed = await world.log(run, 'round.closed')
    expect(closed.map(({ counted }) => counted.map(({ name }) => name))).toEqual([
      ['alder', 'birch'],
      ['alder', 'birch'],
      ['alder', 'birch'],
    ])
    expect(closed[0]?.counted[1]).toMatchObject({ name: 'birch', samples: 30 })
    expect(await page.next('runEnded')).toMatchObject({ run, phase: 'completed', modelSha256 })
    expect(await page.score({ name: 'softmax', inputShape: [6], outputs: 3 }, modelSha256)).toMatchObject({
      samples: 10,
      accuracy: expect.any(Number),
    })
    expect(page.complaints).toEqual([])
  })

  test('goes on while the page itself stands still, and holds no more tensors after many rounds than after the first', async () => {
    const federation = await world.federation('standing still')
    await world.joinInNode(federation, 'alder', { client: 0, rows: 30 })
    const { page } = await world.joinInPage(federation, 'birch', { client: 1, rows: 40 })
    const stillFor = page.evaluate((milliseconds) => {
      const until = performance.now() + milliseconds
      while (performance.now() < until);
      return globalThis.client.memory().length
    }, 12_000)
    const run = await world.run(federation, softmaxRun(ROUNDS, 2))
    // The page had no turn in which it could have heard of a round.
    expect(await stillFor).toBe(0)
    const meanwhile = (await world.log(run, 'update.accepted')).filter(({ name }) => name === 'birch')
    expect(meanwhile.length).toBeGreaterThan(1)
    await world.completed(run)
    const reports = () => page.evaluate(() => globalThis.client.memory().length)
    await expect.poll(reports).toBeGreaterThanOrEqual(ROUNDS)
    // Time for one too many.
    await page.waitForTimeout(1_000)
    const memory = await page.evaluate(() => globalThis.client.memory())
    expect(memory).toHaveLength(ROUNDS)
    expect(new Set(memory.map(({ tensors, bytes }) => `${tensors} tensors, ${bytes} bytes`)).size).toBe(1)
  })

  test('goes on with an upload that broke off, from where it broke', async () => {
    const federation = await world.federation('broken upload')
    const page = await world.joinInPage(federation, 'birch', { client: 1, rows: 40 })
    const before = world.gate.uploads.length
    world.gate.cutNextUploadAfter(64_000)
    const model: ModelConfig = { name: 'mlp', inputShape: [6], outputs: 3, hidden: [500, 500] }
    const run = await world.run(federation, softmaxRun(1, 1, { model }))
    expect(await page.next('retry')).toMatchObject({ run, round: 1, error: { code: 'unreachable' } })
    world.gate.restore()
    await world.completed(run)
    const offsets = world.gate.uploads.slice(before).map((url) => Number(new URL(url, 'http://gate').searchParams.get('offset')))
    expect(offsets[0]).toBe(0)
    expect(offsets).toHaveLength(2)
    // At least what went through whole, and not the upload anew.
    expect(offsets[1]).toBeGreaterThan(0)
    expect(await world.log(run, 'update.accepted')).toHaveLength(1)
  })
})
