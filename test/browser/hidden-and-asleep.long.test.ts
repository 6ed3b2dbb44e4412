import { writeFile } from 'node:fs/promises'
import type { RunConfigInput } from '@tributary/protocol'
import puppeteer, { type Browser } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, softmaxRun } from '../harness/small-federation.ts'
import { executablePath, LAUNCH_MS, missingBrowser, switches } from './chromium.ts'
import { csvOf } from './csv-rows.ts'
import { withinBudget } from './harness/figures.ts'
import { PageWorld } from './page-world.ts'
import { ParticipantTab } from './participant-tab.ts'

process.env.TRIBUTARY_BACKEND = 'wasm'

/** What drivers add so that tests do not notice how browsers save power; here it is to be noticed. */
const UNWANTED = [
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
]
const TABLE = { client: 1, rows: 240 }
/** At most, of a run in front and one behind. */
const PASSES = 3
const config = (rounds: number): RunConfigInput =>
  softmaxRun(rounds, 2, {
    training: { epochs: 300, batchSize: 4, optimiser: 'sgd', learningRate: 0.01 },
    deadlineSeconds: 240,
  })

describe.skipIf(missingBrowser !== null)('a tab of a participant', () => {
  let world: PageWorld
  let browser: Browser
  beforeAll(async () => {
    world = await PageWorld.build()
    await writeFile(`${world.folder}/rows.csv`, csvOf(TABLE))
    browser = await puppeteer.launch({
      executablePath,
      headless: true,
      timeout: LAUNCH_MS,
      args: [...switches, '--lang=en-GB'],
      ignoreDefaultArgs: UNWANTED,
    })
  })
  afterAll(async () => {
    await browser?.close()
    await world?.close()
  })

  async function takePart(name: string) {
    const federation = await world.federation(name)
    await world.joinInNode(federation, 'alder', { client: 0, rows: 20 })
    const context = await browser.createBrowserContext()
    const tab = new ParticipantTab(await context.newPage())
    await tab.openInvite(world.coordinator.url, await world.invite(federation, 'birch'), 'birch')
    await tab.press('Agree and go on')
    await tab.choose(`${world.folder}/rows.csv`)
    await tab.press('Read and check')
    await tab.press('Start training')
    await tab.sees('Taking part.')
    return { federation, context, tab }
  }

  const updatesOf = async (run: string) =>
    (await world.admin.events(run, { limit: 5_000 })).events.flatMap(({ event }) =>
      event.type === 'update.accepted' && event.data.name === 'birch' ? [event.data] : [],
    )
  const visibility = ({ page }: ParticipantTab) => page.evaluate(() => document.visibilityState)

  test('trains on while another tab is in front of it, as fast as before', async () => {
    const { federation, context, tab } = await takePart('hidden')
    const other = await context.newPage()
    let updates = 0
    /** The faster of two rounds of training. */
    const seconds = async (state: 'visible' | 'hidden'): Promise<number> => {
      await (state === 'visible' ? tab.page : other).bringToFront()
      await eventually(`the tab to be ${state}`, async () => (await visibility(tab)) === state)
      const seen = tab.page.evaluate(
        () =>
          new Promise<string[]>((resolve) => {
            const states: string[] = []
            document.addEventListener('visibilitychange', () => states.push(document.visibilityState))
            Object.assign(globalThis, { report: () => resolve(states) })
          }),
      )
      const run = await world.run(federation, config(2))
      await world.completed(run)
      expect(await visibility(tab)).toBe(state)
      await tab.page.evaluate(() => (globalThis as unknown as { report: () => void }).report())
      // As it was from the beginning to the end.
      expect(await seen).toEqual([])
      const sent = await updatesOf(run)
      expect(sent).toHaveLength(2)
      updates += sent.length
      return Math.min(...sent.map((update) => update.seconds ?? Number.NaN))
    }
    // Chromium wakes a hidden page's timers once a second: a round that paused by them every 50 ms would take twenty times as long.
    await withinBudget(PASSES, async () => {
      const [shown, hidden] = [await seconds('visible'), await seconds('hidden')]
      console.log(`a round of training: ${shown.toFixed(1)} s in front, ${hidden.toFixed(1)} s in a hidden tab`)
      return [{ of: 'times as long in a hidden tab', value: hidden / shown, most: 4 }]
    })
    await tab.page.bringToFront()
    await tab.sees('of your own rows')
    expect(await tab.fact('Updates sent')).toContain(`(${updates} updates)`)
    expect(tab.complaints).toEqual([])
    await context.close()
  })

  test('of a laptop that falls asleep in mid-round comes back as the same participant', async () => {
    const { federation, context, tab } = await takePart('asleep')
    const birch = async () => (await world.admin.participants(federation)).find(({ name }) => name === 'birch')
    const before = await birch()
    const run = await world.run(federation, config(2))
    await tab.sees('Training on your rows')
    const session = await tab.page.createCDPSession()
    // Stops the page and its workers, as when the machine sleeps; its connection stays open and silent.
    await session.send('Page.setWebLifecycleState', { state: 'frozen' })
    await eventually('the coordinator to miss it', async () => (await birch())?.online === false, 120_000)
    expect(await updatesOf(run)).toEqual([])
    await session.send('Page.setWebLifecycleState', { state: 'active' })
    await eventually('it to be back', async () => (await birch())?.online === true, 60_000)
    await world.completed(run)
    await tab.sees('of your own rows')
    await tab.sees('Taking part.')
    expect((await updatesOf(run)).map(({ round, participant }) => [round, participant])).toEqual([
      [1, before?.id],
      [2, before?.id],
    ])
    expect(await world.admin.participants(federation)).toHaveLength(2)
    await context.close()
  })
})
