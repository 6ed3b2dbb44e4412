import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Gate, openGate } from './gate.ts'
import { complaints, launch, noBrowser, openContext } from './harness/chromium.ts'
import { openSignedIn } from './harness/pages.ts'
import { openStoreWorld, type StoreWorld } from './harness/store-world.ts'
import { WrittenRun } from './harness/written-run.ts'

const MISSED = 6_000
const ROUNDS = 140
const BEFORE = 20

describe.skipIf(noBrowser !== null)('a page whose machine slept', () => {
  let world: StoreWorld
  let gate: Gate
  let browser: Browser
  let context: BrowserContext
  beforeAll(async () => {
    world = await openStoreWorld()
    gate = await openGate(world.coordinator, '.')
    browser = await launch()
    context = await openContext(browser)
  })
  afterAll(async () => {
    await browser?.close()
    await gate?.close()
    await world?.close()
  })

  it(`takes a snapshot in place of ${MISSED} missed events, says so meanwhile, and ends as a fresh page`, async () => {
    const run = await WrittenRun.begin(world.store, world.federation, { participants: 10, rounds: ROUNDS })
    await run.write(BEFORE)
    const page = await openSignedIn(context, gate.url, world.token)
    await page.goto(`${gate.url}/runs/${run.id}?tab=events&events=all`)
    await page.locator('[data-connection="live"]').waitFor()
    await page.locator(`[data-last-seq="${run.headSeq}"]`).waitFor()
    const before = run.headSeq

    // The lid closes: nothing of the page runs, and its connections break.
    const devtools = await context.newCDPSession(page)
    await devtools.send('Page.setWebLifecycleState', { state: 'frozen' })
    gate.cut()
    await run.write(ROUNDS - BEFORE)
    expect(run.headSeq - before).toBeGreaterThanOrEqual(MISSED)

    // It opens before there is a network.
    const asked = recordAsked(page, run.id)
    await devtools.send('Page.setWebLifecycleState', { state: 'active' })
    const mark = page.locator('[data-connection]')
    await page.locator('[data-connection="stale"]').waitFor({ timeout: 30_000 })
    expect(await mark.textContent()).toMatch(/^Not live: last update (\d+ min )?\d+ s ago/)
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(`${ROUNDS} rounds of 10`)
    gate.restore()
    const restored = Date.now()
    await page.locator('[data-connection="live"]').waitFor({ timeout: 30_000 })
    await page.locator(`[data-seq="${run.headSeq}"]`).waitFor({ timeout: 30_000 })
    const took = Date.now() - restored

    const { snapshots, events } = await asked.sofar()
    const fetched = events.filter((seq) => seq > before)
    console.log(
      `long sleep: ${run.headSeq - before} events missed, ${snapshots} snapshot, ${fetched.length} of them fetched for the list, as it is ${took} ms after the network`,
    )
    expect(snapshots).toBe(1)
    // A page that shows how much is missing, and the newest ones for the list.
    expect(fetched.length).toBeLessThanOrEqual(2_000)
    expect(new Set(fetched).size).toBe(fetched.length)

    const fresh = await openSignedIn(await openContext(browser), gate.url, world.token)
    const wrong = complaints(fresh)
    for (const tab of ['events', 'curves', 'rounds', 'participants', 'privacy', 'actions']) {
      await fresh.goto(`${gate.url}/runs/${run.id}?tab=${tab}&events=all`)
      await fresh.locator('[data-connection="live"]').waitFor()
      await page.getByRole('tab', { selected: false }).first().waitFor()
      if (tab !== 'events') await page.locator(`[role=tab][data-key="${tab}"]`).click()
      await expect.poll(() => shown(page), { timeout: 15_000 }).toEqual(await settled(fresh))
    }
    expect(wrong).toEqual([])
  })
})

/** What the page asks for of a run: snapshots, and the numbers of the events that came over HTTP. */
function recordAsked(page: Page, run: string) {
  let snapshots = 0
  const answers: Promise<number[]>[] = []
  page.on('response', (response) => {
    const { pathname } = new URL(response.url())
    if (pathname.endsWith(`/runs/${run}`) && response.ok()) snapshots += 1
    if (pathname.endsWith('/events'))
      answers.push(response.json().then(({ events }: { events: { seq: number }[] }) => events.map(({ seq }) => seq)))
  })
  return { sofar: async () => ({ snapshots, events: (await Promise.all(answers)).flat() }) }
}

/** The words of a page and its pictures. */
const shown = (page: Page) =>
  page.evaluate(() => ({
    words: document.querySelector('main')?.textContent ?? '',
    pictures: [...document.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL()),
  }))

/** When nothing has changed for a while. */
async function settled(page: Page) {
  let last = await shown(page)
  for (let still = 0; still < 4; ) {
    await page.waitForTimeout(250)
    const next = await shown(page)
    still = JSON.stringify(next) === JSON.stringify(last) ? still + 1 : 0
    last = next
  }
  return last
}
