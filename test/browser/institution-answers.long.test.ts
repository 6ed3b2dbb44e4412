import { routes, type VerticalRun } from '@tributary/protocol'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { World } from '../harness/institutions.ts'
import { connectReady } from '../harness/raw-institution.ts'
import { launch, noBrowser, openContext } from './harness/chromium.ts'
import { openSignedIn } from './harness/pages.ts'
import { createPerson, PASSWORD, signInPerson } from './harness/people.ts'
import { type Proposed, proposedVerticalRun } from './harness/stage.ts'

describe.skipIf(noBrowser !== null)('a person of an institution', () => {
  let world: World
  let browser: Browser
  let url: string
  let token: string
  beforeAll(async () => {
    world = await World.open()
    url = world.coordinator.url
    token = world.coordinator.adminToken as string
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    await world?.close()
  })

  /** The page of a vertical run for a new person of one of its parties. */
  async function pageOf({ run, parties }: Proposed, party: 'alder' | 'birch', language: 'en' | 'zh' = 'en'): Promise<Page> {
    const name = `nurse-${party}-${language}-${run.id.slice(-6)}`
    const { federation } = run
    await createPerson(url, token, { name, role: 'institution', federation, participant: parties[party].id })
    const context = await openContext(browser, { language })
    await signInPerson(url, name, context)
    const page = await context.newPage()
    await page.goto(`${url}/vertical-runs/${run.id}`)
    await page.getByRole('heading', { level: 1, name: run.name }).waitFor()
    return page
  }
  const answer = async (page: Page, action: string, label: string, reason: string) => {
    await page.getByRole('button', { name: action, exact: true }).click()
    await page.getByLabel(label).fill(reason)
    await page.getByRole('dialog').getByRole('button', { name: action }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }
  const isLive = async (page: Page, action: string) =>
    (await page.getByRole('button', { name: action, exact: true }).getAttribute('aria-disabled')) !== 'true'

  it('gets its account from an admin who says which participant it is, and chooses a password of its own', async () => {
    const federation = await world.federation('hospitals')
    await world.join(federation, 'alder', 1, 20)
    const admin = await openSignedIn(await openContext(browser), url, token, '/settings')
    const form = admin.locator('form', { has: admin.getByRole('heading', { name: 'New account' }) })
    await form.getByLabel('Name').fill('nurse')
    await form.getByLabel('Role').selectOption('institution')
    const create = form.getByRole('button', { name: 'Create account' })
    expect(await create.isDisabled()).toBe(true)
    await form.getByLabel('Federation').selectOption({ label: 'hospitals' })
    await form.getByLabel('Participant').selectOption({ label: 'alder' })
    await create.click()
    const password = await admin.getByRole('region', { name: 'People' }).locator('code').textContent()
    const page = await (await openContext(browser)).newPage()
    await page.goto(`${url}/federations/${federation}`)
    await page.getByLabel('Name').fill('nurse')
    await page.getByLabel('Password', { exact: true }).fill(password ?? '')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByLabel('Present password').fill(password ?? '')
    await page.getByLabel(/at least/).fill(PASSWORD)
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('nurse (institution)').waitFor()
    await page.getByRole('rowheader', { name: 'alder' }).waitFor()
    await admin.context().close()
    await page.context().close()
  })

  it('approves the terms of a vertical run, and another declines them: everybody reads whose word it was', async () => {
    const proposed = await proposedVerticalRun(world)
    const alder = await pageOf(proposed, 'alder')
    await alder.getByRole('heading', { name: 'Terms of this run' }).waitFor()
    expect(await isLive(alder, 'Withdraw')).toBe(false)
    await answer(alder, 'Approve', 'Reason (for the log)', 'as agreed in March')
    await alder.getByText('a person of it has approved').waitFor()
    expect([await isLive(alder, 'Approve'), await isLive(alder, 'Decline')]).toEqual([false, true])

    const birch = await pageOf(proposed, 'birch', 'zh')
    await birch.getByText('其人员已同意').waitFor()
    await answer(birch, '拒绝', '原因（记入日志）', 'not these columns')
    await birch.getByRole('alert').getByText('该参与方的所有者拒绝了任务条款。').waitFor()
    await alder.getByRole('alert').getByText("This party's owner declined the run's terms.").waitFor()
    expect(await alder.getByRole('alert').textContent()).toMatch(/birch.*party_declined.*not these columns/)
    expect(await alder.getByRole('heading', { name: 'Terms of this run' }).count()).toBe(0)
    const after = (await (
      await fetch(url + routes.verticalRun(proposed.run.id), { headers: { authorization: `Bearer ${token}` } })
    ).json()) as VerticalRun
    expect(after.phase).toBe('aborted')
    for (const page of [alder, birch]) await page.context().close()
  })

  it('leaves the federation: its program is cut off, its page and its password open nothing any more', async () => {
    const { run, parties } = await proposedVerticalRun(world)
    const line = await connectReady(url, parties.alder)
    const cut = new Promise<string>((resolve) => line.once('disconnect', (reason) => resolve(reason)))
    await createPerson(url, token, {
      name: 'clerk',
      role: 'institution',
      federation: run.federation,
      participant: parties.alder.id,
    })
    const context = await openContext(browser)
    await signInPerson(url, 'clerk', context)
    const page = await context.newPage()
    await page.goto(`${url}/federations/${run.federation}`)
    await page.getByRole('button', { name: 'Leave the federation' }).click()
    await page.getByLabel('Reason (for the log)').fill('the contract has ended')
    const confirm = page.getByRole('dialog').getByRole('button', { name: /Leave the federation/ })
    await page.getByLabel(/Type the institution's name/).fill('birch')
    expect(await confirm.isDisabled()).toBe(true)
    await page.getByLabel(/Type the institution's name/).fill('alder')
    await confirm.click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(await cut).toBe('io server disconnect')
    const [left] = (await world.admin.participants(run.federation)).filter(({ name }) => name === 'alder')
    expect(left).toMatchObject({ state: 'left', online: false })
    await page.getByLabel('Name').fill('clerk')
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('alert').getByText('participant_left').waitFor()
    line.close()
    await context.close()
  })
})
