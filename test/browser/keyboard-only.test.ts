import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launch, noBrowser, openContext } from './harness/chromium.ts'
import { openStage, type Stage } from './harness/stage.ts'

describe.skipIf(noBrowser !== null)('keys alone', () => {
  let stage: Stage
  let browser: Browser
  beforeAll(async () => {
    stage = await openStage()
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    await stage?.close()
  })

  it('sign in, open a run, read a value of a chart, pause and resume', async () => {
    const context = await openContext(browser)
    const page = await context.newPage()
    await page.goto(stage.url)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await tabTo(page, 'textbox', 'Token')
    await page.keyboard.type(stage.token)
    await page.keyboard.press('Enter')
    await page.getByRole('navigation').waitFor()
    await tabTo(page, 'link', 'Runs')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Runs' }).waitFor()

    // The newest run stands first; its curves have no point yet, so the value is read in the one before.
    await page.goto(`${stage.url}/runs/${stage.completed}`)
    await page.locator('[data-connection="live"]').waitFor()
    await tabTo(page, 'application', 'Loss')
    await page.keyboard.press('Home')
    const status = page.getByRole('status').filter({ hasText: 'Round 1' })
    await status.waitFor({ timeout: 5_000 })
    expect(await status.textContent()).toMatch(/Round 1, Worst participant: [\d.]+/)
    await page.keyboard.press('ArrowRight')
    await page.getByRole('status').filter({ hasText: 'Round 2' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.getByRole('status').filter({ hasText: 'p90' }).waitFor()

    await page.goto(`${stage.url}/runs/${stage.live}`)
    await page.locator('[data-connection="live"]').waitFor()
    await tabTo(page, 'tab', 'Curves')
    await page.keyboard.press('End')
    await page.getByRole('tabpanel', { name: 'Actions' }).waitFor()
    await act(page, 'Pause', 'looking at the data')
    await page.getByText('Pauses when this round closes').first().waitFor()
    expect((await stage.world.admin.run(stage.live)).pausePending).toBe(true)
    await expectFocusOn(page, 'Pause')
    await act(page, 'Resume', 'all is well')
    await expect.poll(async () => (await stage.world.admin.run(stage.live)).pausePending).toBe(false)
    await context.close()
  })
})

/** Presses Tab until what has the focus is of this role and name. */
async function tabTo(page: Page, role: string, name: string): Promise<void> {
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press('Tab')
    const at = page.locator(':focus').and(page.getByRole(role as 'link', { name }))
    if ((await at.count()) === 1) return
  }
  throw new Error(`no ${role} "${name}" in 80 presses of Tab`)
}

async function act(page: Page, action: string, reason: string): Promise<void> {
  await tabTo(page, 'button', action)
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await tabTo(page, 'textbox', 'Reason')
  await page.keyboard.type(reason)
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

const expectFocusOn = (page: Page, name: string) =>
  expect
    .poll(() =>
      page
        .locator(':focus')
        .and(page.getByRole('button', { name, exact: true }))
        .count(),
    )
    .toBe(1)
