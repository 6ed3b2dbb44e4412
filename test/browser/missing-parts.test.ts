import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { violations } from './harness/axe.ts'
import { launch, noBrowser, openContext } from './harness/chromium.ts'
import { openSignedIn } from './harness/pages.ts'
import { openStoreWorld, type StoreWorld } from './harness/store-world.ts'

describe.skipIf(noBrowser !== null)('a part of the dashboard that does not come', () => {
  let world: StoreWorld
  let browser: Browser
  beforeAll(async () => {
    world = await openStoreWorld()
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    await world?.close()
  })

  it('is said in its place, the rest stays, and it comes when it is asked for again', async () => {
    const context = await openContext(browser)
    const page = await openSignedIn(context, world.url, world.token)
    const parts = /\/assets\/(runs-[^/]*\.css|models-[^/]*\.js)$/
    await page.route(parts, (route) => route.abort())
    for (const name of ['Runs', 'Models']) {
      await page.getByRole('navigation').getByRole('link', { name }).click()
      await page.getByRole('heading', { name: 'This page cannot be shown' }).waitFor()
      await page.getByRole('alert').getByText('unreachable').waitFor()
      expect(await violations(page, name)).toEqual([])
    }
    await page.getByRole('navigation').getByRole('link', { name: 'Federations' }).click()
    await page.getByRole('link', { name: 'hospitals' }).waitFor()
    await page.getByRole('navigation').getByRole('link', { name: 'Runs' }).click()
    await page.unroute(parts)
    await page.getByRole('button', { name: 'Load the page anew' }).click()
    await page.getByRole('heading', { name: 'Runs', level: 1 }).waitFor()
    await context.close()
  })

  it('is said in both languages when it is the words themselves', async () => {
    const context = await openContext(browser)
    const page = await context.newPage()
    await page.route(/\/assets\/en-[^/]*\.js$/, (route) => route.abort())
    await page.goto(world.url)
    await page.getByText('Please load it again. 页面未完整加载').waitFor()
    await context.close()
  })
})
