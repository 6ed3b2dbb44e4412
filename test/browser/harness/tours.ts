import { routes } from '@tributary/protocol'
import type { BrowserContext, Page } from 'playwright-core'
import type { World } from '../../harness/institutions.ts'
import { softmaxRun } from '../../harness/small-federation.ts'
import { csvOf } from '../csv-rows.ts'
import { ParticipantPage } from '../participant-page.ts'
import { openSignedIn } from './pages.ts'
import { createPerson, signInPerson } from './people.ts'
import { proposedVerticalRun, type Stage } from './stage.ts'

/** What is looked at: an open page, in English; the tour goes on when it has been. */
export type LookAt = (page: Page, what: string) => Promise<void>

/** A way through pages that one kind of visitor sees in one state of things. */
export interface Tour {
  readonly name: string
  readonly origin: string
  walk(context: BrowserContext, lookAt: LookAt): Promise<void>
}

/** No run has it. */
const UNKNOWN = 'run_00000000'

async function open(page: Page, origin: string, path: string): Promise<void> {
  await page.goto(origin + path)
  await page.getByRole('heading', { level: 1 }).waitFor()
  if (/^\/(vertical-)?runs\/run_/.test(path) && !path.includes(UNKNOWN)) await page.locator('[data-connection="live"]').waitFor()
  // What is asked for row by row, and canvases.
  await page.waitForFunction(() => document.querySelector('[data-loading]') === null)
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
}

async function each(page: Page, origin: string, paths: readonly string[], lookAt: LookAt): Promise<void> {
  for (const path of paths) {
    await open(page, origin, path)
    await lookAt(page, path)
  }
}

const tabs = ['curves', 'rounds', 'participants', 'privacy', 'events', 'actions']

/** Pages of a coordinator on which a run goes on, as its admin sees them, with their dialogs. */
export const live = ({ url, token, federation, live: run }: Stage): Tour => ({
  name: 'live',
  origin: url,
  walk: async (context, lookAt) => {
    const page = await openSignedIn(context, url, token)
    const paths = [
      '/',
      `/federations/${federation}`,
      '/runs',
      '/runs?q=nothing-fits',
      '/settings',
      '/nowhere',
      '/federations/fed_00000000',
      `/runs/${UNKNOWN}`,
    ]
    await each(page, url, [...paths, ...tabs.map((tab) => `/runs/${run}?tab=${tab}`)], lookAt)
    for (const action of ['Pause', 'Extend deadline', 'Exclude', 'Cancel run']) {
      await open(page, url, `/runs/${run}?tab=actions`)
      await page.getByRole('button', { name: action, exact: true }).click()
      await page.getByRole('dialog').waitFor()
      await lookAt(page, `dialog: ${action}`)
    }
    await open(page, url, `/federations/${federation}`)
    await page.getByRole('button', { name: 'Invite', exact: true }).click()
    await page.getByRole('dialog').waitFor()
    await lookAt(page, 'dialog: invite')
    await page.getByRole('button', { name: 'Create code' }).click()
    await page.getByRole('img', { name: /QR/ }).waitFor()
    await lookAt(page, 'dialog: invite code')
    await open(page, url, `/runs/${run}`)
    await context.setOffline(true)
    await page.locator('[data-connection="reconnecting"]').waitFor()
    await lookAt(page, 'reconnecting')
    await context.setOffline(false)
  },
})

/** What is over: runs that ended well and badly, compared; a vertical run that a party ended. */
export const over = ({ url, token, completed, failed, vertical }: Stage): Tour => ({
  name: 'failed and completed',
  origin: url,
  walk: async (context, lookAt) => {
    const page = await openSignedIn(context, url, token)
    const paths = [
      ...tabs.map((tab) => `/runs/${failed}?tab=${tab}`),
      ...tabs.map((tab) => `/runs/${completed}?tab=${tab}`),
      `/compare?runs=${completed},${failed}`,
      '/compare',
      `/vertical-runs/${vertical}`,
      `/models?run=${completed}`,
    ]
    await each(page, url, paths, lookAt)
  },
})

/** A coordinator on which nothing has happened, then a federation without anybody, then a run that nobody can begin. */
export const empty = ({ coordinator, admin }: World): Tour => ({
  name: 'empty',
  origin: coordinator.url,
  walk: async (context, lookAt) => {
    const { url, adminToken } = coordinator
    const page = await openSignedIn(context, url, adminToken as string)
    await each(page, url, ['/', '/runs', '/models', '/compare', '/settings'], lookAt)
    const { id } = await admin.createFederation('nobody yet')
    await each(page, url, [`/federations/${id}`, `/runs?federation=${id}`], lookAt)
    const run = await admin.createRun(id, { name: 'waits', config: softmaxRun(1, 2) })
    await each(
      page,
      url,
      tabs.map((tab) => `/runs/${run.id}?tab=${tab}`),
      lookAt,
    )
  },
})

/** Before the sign-in, and what it says when it goes wrong. */
export const outside = ({ url, token, federation }: Stage): Tour => ({
  name: 'outside',
  origin: url,
  walk: async (context, lookAt) => {
    const page = await context.newPage()
    await open(page, url, '/runs')
    if (new URL(page.url()).pathname !== '/sign-in') throw new Error(`let in to ${page.url()}`)
    await lookAt(page, 'sign-in')
    await page.getByLabel('Name').fill('nobody')
    await page.getByLabel('Password', { exact: true }).fill('a wrong password')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('alert').waitFor()
    await lookAt(page, 'sign-in, refused')
    await open(page, url, '/sign-in?error=oidc_not_enrolled')
    await lookAt(page, 'sign-in, sent back by single sign-on')
    await createPerson(url, token, { name: 'new-here', role: 'researcher', federation, mustChangePassword: true })
    await signInPerson(url, 'new-here', context)
    await open(page, url, '/')
    await lookAt(page, 'a password of its own first')
  },
})

/** What a person of an institution sees: its federation with the way out, a run that is not its to steer, terms to answer. */
export const institution = ({ world, url, token, federation, live: run }: Stage): Tour => ({
  name: 'institution',
  origin: url,
  walk: async (context, lookAt) => {
    const alder = (await world.admin.participants(federation)).find(({ name }) => name === 'alder')
    await createPerson(url, token, { name: 'nurse', role: 'institution', federation, participant: alder?.id ?? null })
    await signInPerson(url, 'nurse', context)
    const page = await context.newPage()
    const paths = [
      '/',
      '/runs',
      '/settings',
      `/federations/${federation}`,
      `/runs/${run}?tab=participants`,
      `/runs/${run}?tab=actions`,
    ]
    await each(page, url, paths, lookAt)
    await open(page, url, `/federations/${federation}`)
    await page.getByRole('button', { name: 'Leave the federation' }).click()
    await page.getByRole('dialog').waitFor()
    await lookAt(page, 'dialog: leave')

    const { run: proposed, parties } = await proposedVerticalRun(world)
    const member = { federation: proposed.federation, participant: parties.alder.id }
    await createPerson(url, token, { name: 'clerk', role: 'institution', ...member })
    await signInPerson(url, 'clerk', context)
    await open(page, url, `/vertical-runs/${proposed.id}`)
    await page.getByRole('heading', { name: 'Terms of this run' }).waitFor()
    await lookAt(page, 'terms of a vertical run')
    for (const action of ['Approve', 'Decline']) {
      await page.getByRole('button', { name: action }).click()
      await page.getByRole('dialog').waitFor()
      await lookAt(page, `dialog: ${action}`)
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
  },
})

const SCHEMA = {
  task: 'classification',
  features: [
    { name: 'age', type: 'number' },
    { name: 'sex', type: 'category', categories: ['f', 'm'] },
  ],
  label: { name: 'ill', type: 'category', categories: ['no', 'yes'] },
}

/** Taking part in the browser: terms, data, what does not fit, training, result, coming back, leaving. */
export const takingPart = ({ world, url }: Stage): Tour => ({
  name: 'taking part',
  origin: url,
  walk: async (context, lookAt) => {
    const federation = await world.federation('by browser')
    const code = async () => (await world.admin.createInvite(federation, { name: 'fir' })).code
    const participant = new ParticipantPage(await context.newPage())
    const { page } = participant
    await page.goto(`${url}/take-part`)
    await participant.sees('Nobody has taken part from this browser yet.')
    await lookAt(page, 'nobody to come back')
    await page.goto(`${url}/join#code=${await code()}`)
    await page.getByLabel('Name of your institution').fill('No Name!')
    await participant.accept()
    await lookAt(page, 'terms, with a name that does not do')

    const { code: used } = await world.admin.createInvite(federation, { name: 'yew' })
    await fetch(url + routes.join, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ protocol: 1, code: used, name: 'yew' }),
    })
    await page.goto('about:blank')
    await participant.openInvite(url, await code(), 'fir')
    await participant.sees('You take part as fir.')
    await lookAt(page, 'terms')
    await participant.accept()
    await participant.sees('Your files are read in this page.')
    await lookAt(page, 'connect data')
    await participant.choose([{ name: 'notes.txt', content: 'hello' }])
    await page.getByRole('alert').waitFor()
    await lookAt(page, 'connect data: files of no kind')
    await participant.choose([
      { name: 'patients.csv', content: 'age,sex,ill\nforty,f,no\n41,x,yes\n,m,no\n' },
      { name: 'schema.json', content: JSON.stringify(SCHEMA) },
    ])
    await participant.press('Read and check')
    await participant.sees('Column age')
    await lookAt(page, 'connect data: what does not fit')
    await participant.choose([{ name: 'rows.csv', content: csvOf({ client: 1, rows: 40 }) }])
    await participant.sees('40 rows, 7 columns')
    await lookAt(page, 'connect data: preview')
    await participant.press('Read and check')
    await participant.sees('40 rows of shape 6. Nothing was sent.')
    await lookAt(page, 'connect data: it fits')
    await participant.press('Start training')
    await participant.takesPart()
    await lookAt(page, 'taking part')
    const run = await world.run(federation, softmaxRun(2, 1))
    await world.reached(run, 'completed')
    await participant.sees('On 9 of your own rows')
    await lookAt(page, 'result')
    await participant.press('Pause')
    await participant.sees(/^Paused\./)
    await lookAt(page, 'paused')
    await page.reload()
    await participant.sees('Welcome back')
    await lookAt(page, 'welcome back')
    await participant.press('Go on as fir')
    await participant.choose([{ name: 'rows.csv', content: csvOf({ client: 1, rows: 40 }) }])
    await participant.readAndStart()
    await participant.takesPart()
    await participant.press('Leave the federation')
    await participant.sees('Leaving is for good')
    await lookAt(page, 'leaving is asked for')
    await participant.press('Leave for good')
    await participant.sees('You have left the federation.')
    await lookAt(page, 'left')

    await page.goto('about:blank')
    await participant.openInvite(url, used, 'oak')
    await participant.accept()
    await participant.choose([{ name: 'rows.csv', content: csvOf({ client: 1, rows: 40 }) }])
    await participant.readAndStart()
    await page.getByRole('alert').waitFor()
    await lookAt(page, 'an invite that does not work')
  },
})
