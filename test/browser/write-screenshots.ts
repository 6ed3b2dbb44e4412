/**
 * Pictures of the main pages for the documents: plays the two demos and photographs what their address shows.
 *   node scripts/bootstrap.mjs run test/browser/write-screenshots.ts
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CoordinatorApi } from '@tributary/client'
import { routes } from '@tributary/protocol'
import type { Browser, Page } from 'playwright-core'
import { eventually } from '../harness/small-federation.ts'
import { type Look, launch, openContext } from './harness/chromium.ts'
import { openSignedIn } from './harness/pages.ts'
import { ParticipantPage } from './participant-page.ts'

const main = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))
const iris = fileURLToPath(new URL('../../packages/data/src/fixtures/iris.csv', import.meta.url))
const folder = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url))
const PATIENCE_MS = 300_000

interface Demo {
  readonly process: ChildProcess
  readonly url: string
  readonly token: string
}

/** Starts a demo and reads the address that it prints for its admin. */
async function play(args: readonly string[], cwd: string): Promise<Demo> {
  const child = spawn(process.execPath, [main, 'demo', '--port', '0', ...args], { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (text: Buffer) => {
    said += String(text)
  })
  const [, url = '', token = ''] = await eventually(
    'the address',
    async () => /(http:\/\/[\w.:]+)\/?#token=([\w-]+)/.exec(said),
    PATIENCE_MS,
  )
  return { process: child, url, token }
}

async function end({ process: child }: Demo): Promise<void> {
  const ended = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGTERM')
  await ended
}

async function shoot(page: Page, path: string, name: string): Promise<void> {
  await page.goto(new URL(path, page.url()).href)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await photograph(page, name)
}

async function photograph(page: Page, name: string): Promise<void> {
  // Lists that come by the row, and canvases.
  await page.waitForTimeout(1_500)
  // The log is longer than a picture should be.
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: name !== 'run-events' })
  console.log(`docs/screenshots/${name}.png`)
}

async function signedIn(browser: Browser, { url, token }: Demo, look: Partial<Look> = {}): Promise<Page> {
  return openSignedIn(await openContext(browser, look), url, token)
}

async function horizontal(browser: Browser, cwd: string): Promise<void> {
  const demo = await play(['--model', 'softmax', '--rounds', '15', '--institutions', '4', '--seed', '3'], cwd)
  const admin = new CoordinatorApi({ url: demo.url, token: demo.token })
  const run = await eventually(
    'the end of the run',
    async () => (await admin.runs()).find(({ phase }) => phase === 'completed') ?? null,
    PATIENCE_MS,
  )
  const page = await signedIn(browser, demo)
  await shoot(page, '/', 'federations')
  await shoot(page, `/federations/${run.federation}`, 'federation')
  await shoot(page, '/runs', 'runs')
  for (const tab of ['curves', 'rounds', 'participants', 'privacy', 'events', 'actions'])
    await shoot(page, `/runs/${run.id}?tab=${tab}`, `run-${tab}`)
  const { config } = await admin.run(run.id)
  const other = await admin.createRun(run.federation, {
    name: 'smaller steps',
    config: { ...config, training: { ...config.training, learningRate: config.training.learningRate / 10 } },
  })
  await eventually('the second run', async () => (await admin.run(other.id)).phase === 'completed' || null, PATIENCE_MS)
  await shoot(page, `/compare?runs=${run.id},${other.id}`, 'compare')
  await shoot(page, `/models?run=${run.id}`, 'models')
  await shoot(page, '/settings', 'settings')
  const phone = await signedIn(browser, demo, { language: 'zh', theme: 'dark', width: 390, height: 844 })
  await shoot(phone, `/runs/${run.id}`, 'phone-dark-zh')
  const outside = await (await openContext(browser)).newPage()
  await outside.goto(demo.url)
  await shoot(outside, '/sign-in', 'sign-in')
  await participant(browser, demo, admin)
  await end(demo)
}

/** An institution in a browser: connects a table, takes part in a run. */
async function participant(browser: Browser, { url }: Demo, admin: CoordinatorApi): Promise<void> {
  const { id } = await admin.createFederation('botanists')
  const { code } = await admin.createInvite(id, { name: 'herbarium' })
  const context = await openContext(browser)
  const person = new ParticipantPage(await context.newPage())
  await person.openInvite(url, code, 'herbarium')
  await person.accept()
  await person.choose([{ name: 'iris.csv', content: await readFile(iris) }])
  await person.sees('150 rows, 5 columns')
  await photograph(person.page, 'participant-connect')
  await person.readAndStart()
  await person.takesPart()
  const run = await admin.createRun(id, {
    name: 'irises',
    config: {
      model: { name: 'softmax', inputShape: [4], outputs: 3 },
      rounds: 200,
      training: { epochs: 1, batchSize: 8, optimiser: 'sgd', learningRate: 0.05 },
      selection: { fraction: 1, minimum: 1, overSelection: 0 },
    },
  })
  await eventually('some rounds', async () => (await admin.run(run.id)).round > 5 || null, PATIENCE_MS)
  await photograph(person.page, 'participant-train')
  await context.close()
}

async function vertical(browser: Browser, cwd: string): Promise<void> {
  const demo = await play(['--vertical'], cwd)
  const headers = { authorization: `Bearer ${demo.token}` }
  const ended = async () => {
    const runs = (await (await fetch(demo.url + routes.verticalRuns, { headers })).json()) as { id: string; phase: string }[]
    return runs.find(({ phase }) => phase === 'completed') ?? null
  }
  const run = await eventually('the end of the vertical run', ended, PATIENCE_MS)
  await shoot(await signedIn(browser, demo), `/vertical-runs/${run.id}`, 'vertical-run')
  await end(demo)
}

await mkdir(folder, { recursive: true })
const cwd = await mkdtemp(join(tmpdir(), 'tributary-screenshots-'))
const browser = await launch()
await horizontal(browser, join(cwd))
await vertical(browser, join(cwd))
await browser.close()
await rm(cwd, { recursive: true, force: true })
