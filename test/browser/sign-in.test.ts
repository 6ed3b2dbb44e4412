import { deferred } from '@tributary/client'
import { routes, type UserWithPassword } from '@tributary/protocol'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { complaints, launch, noBrowser, openContext } from './harness/chromium.ts'
import { openSignedIn } from './harness/pages.ts'
import { createPerson, PASSWORD } from './harness/people.ts'
import { openStage, type Stage } from './harness/stage.ts'

describe.skipIf(noBrowser !== null)('people', () => {
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

  const signIn = async (page: Page, name: string, password: string) => {
    await page.getByLabel('Name').fill(name)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  }
  const actions = (page: Page) => page.getByRole('tabpanel').getByRole('listitem').getByRole('button').allTextContents()

  it('leave the printed token for an account, and steer runs and watch them by its session', async () => {
    const context = await openContext(browser)
    const page = await openSignedIn(context, stage.url, stage.token)
    const said = complaints(page)
    expect(page.url()).not.toContain(stage.token)
    await page.getByLabel('Name', { exact: true }).fill('ada')
    await page.getByLabel(/Password/).fill(PASSWORD)
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.getByRole('button', { name: 'Create account' }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Sign out' }).click()
    await signIn(page, 'Ada', 'wrong and long enough')
    await page.getByRole('alert').getByText('credentials_wrong').waitFor()
    await signIn(page, 'Ada', PASSWORD)
    await page.getByText('ada (admin)').waitFor()
    await page.goto(`${stage.url}/runs/${stage.live}?tab=actions`)
    await page.locator('[data-connection="live"]').waitFor()
    await expect.poll(() => actions(page)).toEqual(['Start', 'Pause', 'Resume', 'Extend deadline', 'Exclude', 'Cancel run'])
    await page.getByRole('button', { name: 'Extend deadline' }).click()
    await page.getByLabel('Reason').fill('the night shift is late')
    await page.getByRole('button', { name: /Confirm/ }).click()
    await page.getByText('ada: Extend deadline (the night shift is late)').waitFor()
    expect(await page.evaluate(() => [document.cookie, sessionStorage.length])).toEqual(['', 0])

    await page.goto(`${stage.url}/settings`)
    await page.getByLabel('What the new token is for').fill('a script')
    await page.getByRole('button', { name: 'Create token' }).click()
    const token = await page.locator('code').filter({ hasText: 'trb_' }).textContent()
    const me = await fetch(stage.url + routes.me, { headers: { authorization: `Bearer ${token}` } })
    expect(await me.json()).toMatchObject({ name: 'ada', role: 'admin' })
    // The refused password is a 401, which Chromium writes to the console.
    expect(said.filter((text) => !/401/.test(text))).toEqual([])
    await context.close()
  })

  it('are shown what their role may do, and choose a password of their own first', async () => {
    const created = await fetch(stage.url + routes.users, {
      method: 'POST',
      headers: { authorization: `Bearer ${stage.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'rosalind', role: 'researcher', federation: stage.federation }),
    })
    const { password } = (await created.json()) as UserWithPassword
    const context = await openContext(browser)
    const page = await context.newPage()
    await page.goto(`${stage.url}/runs/${stage.live}?tab=actions`)
    await signIn(page, 'rosalind', password ?? '')
    await page.getByRole('heading', { name: 'Choose a password of your own' }).waitFor()
    await page.getByLabel('Present password').fill(password ?? '')
    await page.getByLabel(/at least/).fill(PASSWORD)
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.locator('[data-connection="live"]').waitFor()
    await expect.poll(() => actions(page)).toEqual(['Start', 'Pause', 'Resume', 'Extend deadline', 'Cancel run'])
    await page.getByRole('tab', { name: 'Participants' }).click()
    await page.getByRole('rowheader').first().waitFor()
    await expect.poll(() => page.getByRole('rowheader').count()).toBe(2)
    const names = await page.getByRole('rowheader').allTextContents()
    for (const name of names) expect(name).toMatch(/^peer-/)
    await page.goto(`${stage.url}/federations/${stage.federation}`)
    await page.getByRole('heading', { name: 'Participants' }).waitFor()
    expect(await page.getByRole('heading', { name: 'Invites' }).count()).toBe(0)
    await context.close()
  })

  it('see nothing of what the person before them saw in the same tab', async () => {
    const { id } = await stage.world.admin.createFederation('clinics')
    await createPerson(stage.url, stage.token, { name: 'grace', role: 'researcher', federation: id })
    const context = await openContext(browser)
    const page = await openSignedIn(context, stage.url, stage.token)
    await page.getByRole('link', { name: 'hospitals' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Name').waitFor()
    // Until then whatever is shown was kept.
    const answers = deferred<void>()
    await page.route(`**${routes.federations}`, async (route) => {
      await answers.promise
      await route.continue()
    })
    await signIn(page, 'grace', PASSWORD)
    await page.getByText('grace (researcher)').waitFor()
    await page.getByRole('heading', { level: 1 }).waitFor()
    expect(await page.getByRole('link', { name: /hospitals|clinics/ }).allTextContents()).toEqual([])
    answers.resolve()
    await page.getByRole('link', { name: 'clinics' }).waitFor()
    expect(await page.getByRole('link', { name: 'hospitals' }).count()).toBe(0)
    await context.close()
  })
})
