import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, softmaxRun } from '../harness/small-federation.ts'
import { missingBrowser } from './chromium.ts'
import { type ChromiumProcess, startChromium } from './chromium-process.ts'
import { ClientInPage } from './client-in-page.ts'
import { BrowserWorld, pageJoinOf } from './world.ts'

process.env.TRIBUTARY_BACKEND = 'wasm'

const NODE_TABLE = { client: 0, rows: 20 }
const PAGE_TABLE = { client: 1, rows: 240 }
/** Rounds that last seconds in the page, so that something can happen in their middle. */
const longRun = softmaxRun(2, 2, {
  training: { epochs: 300, batchSize: 4, optimiser: 'sgd', learningRate: 0.01 },
  deadlineSeconds: 120,
})

describe.skipIf(missingBrowser !== null)('a participant in a browser comes back', () => {
  let world: BrowserWorld
  const open = new Set<ChromiumProcess>()
  beforeAll(async () => {
    world = await BrowserWorld.open()
  })
  afterAll(async () => {
    await Promise.all([...open].map((one) => one.kill()))
    await world?.close()
  })

  const trainsInRoundOne = (page: ClientInPage) =>
    eventually('the page to train', async () =>
      (await page.events()).some((event) => event.type === 'progress' && event.progress.phase === 'training'),
    )

  /** A run with one participant in Node and one in the page; `disturb` comes while the page trains in round 1. */
  async function disturbed(
    name: string,
    context: BrowserContext,
    disturb: (page: ClientInPage) => Promise<ClientInPage>,
  ): Promise<{ page: ClientInPage; run: string }> {
    const federation = await world.federation(name)
    await world.joinInNode(federation, 'alder', NODE_TABLE)
    const first = await new ClientInPage(await context.newPage()).open(world.gate.url)
    const invite = await world.invite(federation, 'birch')
    expect(await first.join({ ...pageJoinOf(PAGE_TABLE), invite, name: 'birch' })).toBeNull()
    const before = (await first.about())?.id
    expect(before).toMatch(/^par_/)
    const run = await world.run(federation, longRun)
    await trainsInRoundOne(first)
    const page = await disturb(first)
    await world.completed(run)

    // The same participant, once in each round.
    expect((await page.about())?.id).toBe(before)
    const accepted = await world.log(run, 'update.accepted')
    expect(accepted.map(({ round, name: by }) => `${round}/${by}`).sort()).toEqual(['1/alder', '1/birch', '2/alder', '2/birch'])
    const closed = await world.log(run, 'round.closed')
    expect(closed.map(({ counted }) => counted.map(({ participant }) => participant === before).filter(Boolean).length)).toEqual([
      1, 1,
    ])
    expect(await world.admin.participants(federation)).toHaveLength(2)
    return { page, run }
  }

  const joinAgain = async (page: ClientInPage): Promise<ClientInPage> => {
    // No invite: the identity is the browser's own.
    expect(await page.join(pageJoinOf(PAGE_TABLE))).toBeNull()
    return page
  }

  test('after a reload in mid-round', async () => {
    const context = await world.browser.newContext()
    await disturbed('reload', context, async (page) => joinAgain(await page.open(world.gate.url)))
    await context.close()
  })

  test('after its process was killed in mid-round; the credential stands nowhere on its disk', async () => {
    const profile = `${world.folder}/profile`
    const first = await startChromium(profile)
    open.add(first)
    const tokens = new Set<string>()
    first.context.on('request', (request) => {
      const [, token] = /^Bearer (.+)$/.exec(request.headers().authorization ?? '') ?? []
      if (token !== undefined) tokens.add(token)
    })
    await disturbed('killed', first.context, async () => {
      await first.kill()
      open.delete(first)
      const second = await startChromium(profile)
      open.add(second)
      const page = await new ClientInPage(await second.context.newPage()).open(world.gate.url)
      expect((await page.saved()).map(({ participant }) => participant.name)).toEqual(['birch'])
      return joinAgain(page)
    })
    // A browser that runs takes files away while they are read.
    await Promise.all([...open].map((one) => one.kill()))
    open.clear()
    expect(tokens.size).toBe(1)
    const [token = ''] = tokens
    expect(token).toMatch(/^trb_i_.{43}$/)
    const disk = Buffer.concat(
      await Promise.all((await filesIn(profile)).map((file) => readFile(file).catch(() => Buffer.alloc(0)))),
    )
    // What is not secret is found, so the search does find.
    expect(disk.includes('tributary')).toBe(true)
    for (const form of [token, token.slice(6)]) {
      expect(disk.includes(form)).toBe(false)
      expect(disk.includes(Buffer.from(form, 'utf16le'))).toBe(false)
    }
  })

  test('after the network was cut in mid-round', async () => {
    const context = await world.browser.newContext()
    const { page } = await disturbed('cut', context, async (first) => {
      world.gate.cut()
      await first.next('disconnected')
      // Training goes on meanwhile; its upload finds no one.
      await new Promise((resolve) => setTimeout(resolve, 15_000))
      world.gate.restore()
      await first.next('connected', 2)
      return first
    })
    expect((await page.events()).filter(({ type }) => type === 'error')).toEqual([])
    await context.close()
  })

  test('but not twice: a second tab is refused while the first takes part, takes over once that is closed, and keeps nothing once it has left', async () => {
    const context = await world.browser.newContext()
    const federation = await world.federation('tabs')
    const first = await new ClientInPage(await context.newPage()).open(world.gate.url)
    const invite = await world.invite(federation, 'birch')
    expect(await first.join({ ...pageJoinOf(PAGE_TABLE), invite, name: 'birch' })).toBeNull()
    const second = await new ClientInPage(await context.newPage()).open(world.gate.url)
    expect(await second.saved()).toMatchObject([{ active: true, participant: { name: 'birch' } }])
    expect(await second.join(pageJoinOf(PAGE_TABLE))).toBe('participant_in_other_tab')
    expect(await second.join({ ...pageJoinOf(PAGE_TABLE), invite, name: 'birch' })).toBe('participant_in_other_tab')
    expect((await first.events()).map(({ type }) => type)).not.toContain('disconnected')
    await first.page.close()
    await joinAgain(second)
    await second.page.evaluate(() => globalThis.client.leave())
    expect(await second.saved()).toEqual([])
    await context.close()
  })
})

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}
