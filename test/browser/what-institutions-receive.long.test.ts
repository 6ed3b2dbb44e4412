import { routes } from '@tributary/protocol'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launch, noBrowser, openContext } from './harness/chromium.ts'
import { createPerson, type SignedInPerson, signInPerson } from './harness/people.ts'
import { openStage, type Stage } from './harness/stage.ts'

interface Person {
  readonly page: Page
  readonly session: SignedInPerson
}

describe.skipIf(noBrowser !== null)('what an institution receives', () => {
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

  const visit = async ({ page }: Person, path: string): Promise<void> => {
    await page.goto(stage.url + path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.waitForFunction(() => document.querySelector('[data-loading]') === null)
  }
  const get = async ({ session }: Person, path: string): Promise<{ status: number; text: string }> => {
    const response = await fetch(stage.url + path, { headers: { cookie: session.cookie } })
    return { status: response.status, text: await response.text() }
  }

  it('holds no name, id or single update of another: in no answer and no frame, while a run goes on', async () => {
    const { world, url, federation, live } = stage
    const [alder, birch] = await Promise.all(
      ['alder', 'birch'].map(async (name) => (await world.admin.participants(federation)).find((one) => one.name === name)),
    )
    await createPerson(url, stage.token, { name: 'nurse', role: 'institution', federation, participant: alder?.id ?? null })
    await createPerson(url, stage.token, { name: 'overseer', role: 'admin', federation })
    const watched = await Promise.all(['nurse', 'overseer'].map((name) => recorded(name)))
    const paths = [
      '/',
      `/federations/${federation}`,
      '/runs',
      `/compare?runs=${stage.completed},${stage.failed}`,
      `/models?run=${live}`,
    ]
    const ofRun = (run: string) =>
      ['curves', 'rounds', 'participants', 'events', 'actions'].map((tab) => `/runs/${run}?tab=${tab}`)
    for (const { person } of watched) {
      for (const path of [...paths, ...ofRun(stage.completed), ...ofRun(stage.failed)]) await visit(person, path)
      await visit(person, `/runs/${live}?tab=participants`)
      await person.page.locator('[data-connection="live"]').waitFor()
    }
    stage.alder.tell({ do: 'go' })
    await world.reached(live, 'completed')
    for (const { person } of watched) await person.page.getByText('completed').first().waitFor()

    // What has just come by frames, comes again as an answer.
    for (const { person } of watched) await visit(person, `/runs/${live}?tab=events`)
    const hashesOf = async (run: string) =>
      (await world.log(run, 'update.accepted')).flatMap(({ name, sha256 }) =>
        name === 'birch' && sha256 !== null ? [sha256] : [],
      )
    const ofLive = (await hashesOf(live)).slice(1)
    const hashes = [...(await hashesOf(live)), ...(await hashesOf(stage.completed))]
    expect(hashes.length).toBeGreaterThan(5)
    const secrets = ['birch', birch?.id ?? '?', 'cedar', ...hashes]
    const foundIn = (texts: readonly string[]) => secrets.filter((secret) => texts.some((text) => text.includes(secret)))
    const [nurse, overseer] = watched
    const told = (of: typeof nurse) => `${of?.texts.length} answers and ${of?.frames.length} frames`
    console.log(`an institution received ${told(nurse)}, an admin ${told(overseer)}`)
    // The same pages tell an admin all of it: what is looked for is there to be found, and by frames what came while they were open.
    expect(foundIn(overseer?.texts ?? [])).toEqual(secrets)
    expect(foundIn(overseer?.frames ?? [])).toEqual(expect.arrayContaining(['birch', birch?.id, ...ofLive]))
    expect(foundIn(nurse?.texts ?? [])).toEqual([])
    expect(foundIn(nurse?.frames ?? [])).toEqual([])

    const all = await everyGet(nurse?.person as Person, [federation], [live, stage.completed, stage.failed], hashes)
    console.log(`and ${all.length} answers to raw requests`)
    expect(all.length).toBeGreaterThan(30)
    expect(foundIn(all)).toEqual([])
    for (const sha256 of hashes.slice(0, 2))
      for (const person of [nurse, overseer]) expect((await get(person?.person as Person, routes.model(sha256))).status).toBe(404)

    /** Everything that the API and the socket send to the pages of a new person. */
    async function recorded(name: string): Promise<{ person: Person; texts: string[]; frames: string[] }> {
      const context = await openContext(browser)
      const session = await signInPerson(url, name, context)
      const page = await context.newPage()
      const [texts, frames]: [string[], string[]] = [[], []]
      // Kept on the way to the page, so that none is lost with a page that is left.
      await context.route('**/api/**', async (route) => {
        const answer = await route.fetch()
        texts.push((await answer.body()).toString('latin1'))
        await route.fulfill({ response: answer }).catch(() => undefined)
      })
      page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(String(payload))))
      return { person: { page, session }, texts, frames }
    }
  })

  /** The answers to every GET that the API describes, for these federations, runs and hashes. */
  async function everyGet(person: Person, federations: string[], runs: string[], hashes: string[]): Promise<string[]> {
    const { paths } = JSON.parse((await get(person, routes.openapi)).text) as { paths: Record<string, Record<string, unknown>> }
    const values: Record<string, string[]> = { federation: federations, run: runs, round: ['1', '2'], sha256: hashes.slice(0, 1) }
    const urls = Object.entries(paths)
      .filter(([path, methods]) => 'get' in methods && path.startsWith('/api/') && !path.includes('/auth/'))
      .flatMap(([path]) =>
        [...path.matchAll(/\{(\w+)\}/g)].reduce<string[]>(
          (made, [hole, name = '']) => made.flatMap((one) => (values[name] ?? ['none']).map((value) => one.replace(hole, value))),
          [path],
        ),
      )
    const asked = [...urls, ...runs.map((run) => `${routes.runMetrics(run)}?scope=participant`)]
    const answers: string[] = []
    for (const url of asked) {
      const { status, text } = await get(person, url)
      expect([200, 400, 403, 404], url).toContain(status)
      // A refusal repeats what was asked for, which is no news.
      if (status === 200) answers.push(text)
    }
    return answers
  }
})
