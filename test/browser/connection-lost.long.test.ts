import { type CoordinatorApi, joinFederation, type Participation, type Trainer } from '@tributary/client'
import { train } from '@tributary/models'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type CoordinatorProcess, startCoordinatorProcess } from '../harness/coordinator-process.ts'
import { fixedPort } from '../harness/fixed-port.ts'
import { eventually, rowsOf, smallFederation, softmaxRun, temporaryFolder } from '../harness/small-federation.ts'
import { launch, noBrowser, openContext } from './harness/chromium.ts'
import { openSignedIn } from './harness/pages.ts'

const AWAY_MS = 20_000
/** Nobody trains before this: a page may take long to open, and is to see the rounds. */
let isWatched: Promise<void> = Promise.resolve()
let letGo = (): void => {}
/** A round should last long enough to be seen. */
const slow: Trainer = async function* (task) {
  await isWatched
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  return yield* train(task)
}

describe.skipIf(noBrowser !== null)('a page that loses its coordinator, or a frame', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let coordinator: CoordinatorProcess
  let browser: Browser
  let admin: CoordinatorApi
  let federation: string
  const participants: Participation[] = []
  beforeAll(async () => {
    folder = await temporaryFolder()
    coordinator = await startCoordinatorProcess({ dataDir: `${folder.path}/coordinator`, port: await fixedPort() })
    const small = await smallFederation(coordinator.url, coordinator.adminToken as string, `${folder.path}/state`)
    admin = small.admin
    federation = small.id
    for (const [client, name] of ['alder', 'birch'].entries()) {
      const { code } = await admin.createInvite(federation, { name })
      const stateDir = `${folder.path}/state-${name}`
      participants.push(
        await joinFederation({ url: coordinator.url, invite: code, name, data: rowsOf(client, 30), stateDir, trainer: slow }),
      )
    }
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    await Promise.all(participants.map((one) => one.close()))
    await coordinator?.stop()
    await folder?.remove()
  })

  afterEach(() => letGo())

  /** Its rounds wait for `letGo`. */
  const start = async (rounds: number): Promise<string> => {
    isWatched = new Promise((resolve) => {
      letGo = resolve
    })
    const config = softmaxRun(rounds, 2, { deadlineSeconds: 240 })
    return (await admin.createRun(federation, { name: 'watched', config })).id
  }
  const open = async (run: string, prepare: (page: Page) => Promise<void> = async () => {}) => {
    const context = await openContext(browser)
    const page = await openSignedIn(context, coordinator.url, coordinator.adminToken as string)
    await prepare(page)
    await page.goto(`${coordinator.url}/runs/${run}?tab=events&events=all`)
    await page.locator('[data-connection="live"]').waitFor()
    return page
  }

  it('fetches what one lost frame held within 6 s', async () => {
    const run = await start(8)
    let isArmed = false
    let lostAt = 0
    let filledAfter = 0
    const page = await open(run, async (fresh) => {
      await fresh.routeWebSocket(/socket\.io/, (socket) => {
        const server = socket.connectToServer()
        server.onMessage((message) => {
          if (isArmed && String(message).includes('"events"')) {
            isArmed = false
            lostAt = Date.now()
          } else socket.send(message)
        })
      })
      fresh.on('response', (response) => {
        if (lostAt > 0 && filledAfter === 0 && response.url().includes('/events?')) filledAfter = Date.now() - lostAt
      })
    })
    // The first one of eight rounds is lost: others follow, which tell of it before the next heartbeat could.
    isArmed = true
    letGo()
    await expect.poll(() => lostAt, { timeout: 20_000 }).toBeGreaterThan(0)
    await expect.poll(() => filledAfter, { timeout: 10_000 }).toBeGreaterThan(0)
    console.log(`a lost frame was fetched after ${filledAfter} ms`)
    expect(filledAfter).toBeLessThan(6_000)
    await expectWhole(page, run)
    await page.context().close()
  })

  it('says reconnecting, stale and live over 20 s without a coordinator, and ends with the log as it is', async () => {
    const run = await start(8)
    const page = await open(run)
    letGo()
    await eventually('round 3', async () => (await admin.run(run)).round >= 3)
    const { port } = coordinator
    await coordinator.kill()
    await page.locator('[data-connection="reconnecting"], [data-connection="polling"]').waitFor({ timeout: 5_000 })
    expect(await page.locator('[data-connection]').textContent()).toContain('Losing this page does not stop training.')
    await page.locator('[data-connection="stale"]').waitFor({ timeout: 20_000 })
    expect(await page.locator('[data-connection]').textContent()).toMatch(/Not live: last update 1[5-9] s ago/)
    await new Promise((resolve) => setTimeout(resolve, AWAY_MS - 16_000))
    coordinator = await startCoordinatorProcess({ dataDir: `${folder.path}/coordinator`, port })
    const back = Date.now()
    await page.locator('[data-connection="live"]').waitFor({ timeout: 30_000 })
    console.log(`live again ${Date.now() - back} ms after the coordinator was there`)
    await eventually('the run to end', async () => (await admin.run(run)).phase === 'completed')
    await expectWhole(page, run)
    await page.context().close()
  })

  /** The page's list is the store's, without a gap and without a repetition. */
  async function expectWhole(page: Page, run: string): Promise<void> {
    await eventually('the run to end', async () => (await admin.run(run)).phase === 'completed')
    const { headSeq } = await admin.run(run)
    const list = page.locator('[data-last-seq]')
    await expect.poll(() => list.getAttribute('data-last-seq'), { timeout: 15_000 }).toBe(String(headSeq))
    const older = page.getByRole('button', { name: /Load older/ })
    if ((await older.count()) > 0) await older.click()
    await older.waitFor({ state: 'detached' })
    const seqs = await page
      .locator('[data-seq]')
      .evaluateAll((items) => items.map((item) => Number(item.getAttribute('data-seq'))))
    expect(seqs).toEqual(Array.from({ length: headSeq }, (_, index) => headSeq - index))
  }
})
