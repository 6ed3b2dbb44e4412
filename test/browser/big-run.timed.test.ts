import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type Round, routes } from '@tributary/protocol'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { complaints, launch, noBrowser, openContext } from './harness/chromium.ts'
import { best, figuresOf, inWords } from './harness/figures.ts'
import { heapBytes, recordCosts, takeCosts } from './harness/frame-costs.ts'
import { openSignedIn } from './harness/pages.ts'
import { openStoreWorld, type StoreWorld } from './harness/store-world.ts'
import { WrittenRun } from './harness/written-run.ts'

const ROUNDS = 1_000
const PARTICIPANTS = 100
const PASSES = 3
const STEPS = 60

/* Budgets of the design for two cores. The machine may have others to serve: of three passes the best one counts. */
const FIRST_PAINT_MS = 1_500
const HEAT_MAP = { median: 10, p95: 25 }
const GANTT = { median: 16, p95: 33 }
const LONGEST_TASK_MS = 200
const HEAP_BYTES = 200e6
/** Not of the design; 40 to 90 on an idle machine. It was seconds when such a run was read at once. */
const LONGEST_BLOCK_MS = 500

describe.skipIf(noBrowser !== null)(`a run of ${ROUNDS} rounds and ${PARTICIPANTS} participants`, () => {
  let world: StoreWorld
  let browser: Browser
  let context: BrowserContext
  let run: WrittenRun
  beforeAll(async () => {
    world = await openStoreWorld()
    const began = performance.now()
    run = await WrittenRun.begin(world.store, world.federation, { participants: PARTICIPANTS, rounds: ROUNDS })
    await run.write(ROUNDS)
    console.log(`written: ${run.headSeq} events in ${((performance.now() - began) / 1000).toFixed(0)} s`)
    browser = await launch()
    context = await openContext(browser)
    await recordCosts(context)
  }, 300_000)
  afterAll(async () => {
    await browser?.close()
    await world?.close()
  })

  it('is answered in pieces that leave other calls their turns', async () => {
    const { id } = run
    const asked = [
      routes.run(id),
      routes.roundColumns(id),
      `${routes.roundColumns(id)}?cells=none`,
      routes.runSpread(id),
      routes.runMetrics(id),
      `${routes.runMetrics(id)}?scope=participant&participant=site-001`,
      `${routes.runMetrics(id)}?scope=participant&from=${ROUNDS}`,
      routes.round(id, 500),
      routes.rounds(id),
      `${routes.runEvents(id)}?after=${run.headSeq - 1_000}&limit=1000`,
    ]
    const bytes = new Map<string, number>()
    const answer = async (path: string) => {
      const began = performance.now()
      const response = await fetch(world.url + path, { headers: { authorization: `Bearer ${world.token}` } })
      expect(response.status, path).toBe(200)
      bytes.set(path, (await response.arrayBuffer()).byteLength)
      return performance.now() - began
    }
    const delays = monitorEventLoopDelay({ resolution: 5 })
    delays.enable()
    const first = new Map<string, number>()
    for (const path of asked) first.set(path, await answer(path))
    delays.disable()
    for (const path of asked) {
      const again = Math.min(await answer(path), await answer(path))
      const size = ((bytes.get(path) ?? 0) / 1000).toFixed(0)
      const name = path.replace(id, ':run').replace('/api/v1', '')
      console.log(`${name}: first ${first.get(path)?.toFixed(0)} ms, then ${again.toFixed(0)} ms, ${size} kB`)
      // All that there is of it, for programs: 30 MB, which no page asks for.
      expect(again, path).toBeLessThan(path === routes.rounds(id) ? 5_000 : 1_000)
    }
    console.log(`longest block of the coordinator: ${(delays.max / 1e6).toFixed(0)} ms (budget ${LONGEST_BLOCK_MS})`)
    expect(delays.max / 1e6).toBeLessThan(LONGEST_BLOCK_MS)
    expect(bytes.get(routes.roundColumns(id))).toBeLessThan(3_000_000)
  })

  it('is seen within 1.5 s, without a task over 200 ms', async () => {
    const passes: { curves: number; rounds: number; longest: number }[] = []
    for (let pass = 0; pass < PASSES; pass += 1) {
      const page = await openSignedIn(context, world.url, world.token)
      const wrong = complaints(page)
      const curves = await usefulAfter(page, `${world.url}/runs/${run.id}`, '.uplot canvas')
      const rounds = await usefulAfter(page, `${world.url}/runs/${run.id}?tab=rounds`, 'figure canvas[height]')
      const { longTasks } = await takeCosts(page)
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(`${ROUNDS} rounds of ${PARTICIPANTS}`)
      // The measurement itself asks for pixels, of which the browser complains.
      expect(wrong.filter((one) => !one.includes('willReadFrequently'))).toEqual([])
      passes.push({ curves, rounds, longest: Math.max(0, ...longTasks) })
      await page.close()
    }
    const { curves, rounds, longest } = best(passes, (pass) => Math.max(pass.curves, pass.rounds, 5 * pass.longest))
    console.log(
      `first useful paint: curves ${curves.toFixed(0)} ms, rounds ${rounds.toFixed(0)} ms (budget ${FIRST_PAINT_MS}), longest task ${longest.toFixed(0)} ms (budget ${LONGEST_TASK_MS}); passes ${JSON.stringify(passes.map((pass) => Object.values(pass).map(Math.round)))}`,
    )
    expect(Math.max(curves, rounds)).toBeLessThan(FIRST_PAINT_MS)
    expect(longest).toBeLessThan(LONGEST_TASK_MS)
  })

  it('is walked through without a pause: heat map, Gantt, every tab', async () => {
    const page = await openSignedIn(context, world.url, world.token)
    await usefulAfter(page, `${world.url}/runs/${run.id}?tab=rounds&round=500`, 'figure canvas[height]')
    const passes: {
      heat: ReturnType<typeof figuresOf>
      gantt: ReturnType<typeof figuresOf>
      scroll: ReturnType<typeof figuresOf>
    }[] = []
    const tasks = [...(await takeCosts(page)).longTasks]
    const map = page.getByRole('application', { name: /^Rounds and participants/ })
    await map.focus()
    for (let pass = 0; pass < PASSES; pass += 1) {
      for (let step = 0; step < STEPS; step += 1) {
        await page.keyboard.press(step % 2 === 0 ? 'ArrowRight' : 'ArrowDown')
        await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
      }
      const { paintings, longTasks } = await takeCosts(page)
      tasks.push(...longTasks)
      const of = (name: RegExp) => paintings.filter(({ of: label }) => name.test(label)).map(({ milliseconds }) => milliseconds)
      // What is not painted yet when the next comes is left out.
      expect(of(/^Rounds and/).length).toBeGreaterThan(STEPS / 2)
      expect(of(/over time/).length).toBeGreaterThan(STEPS / 4)
      passes.push({ heat: figuresOf(of(/^Rounds and/)), gantt: figuresOf(of(/over time/)), scroll: await scrolled(page) })
    }
    const heat = best(passes, (pass) => pass.heat.p95).heat
    const gantt = best(passes, (pass) => pass.gantt.p95).gantt
    const scroll = best(passes, (pass) => pass.scroll.p95).scroll
    console.log(`heat map redraw: ${inWords(heat)} (budget ${HEAT_MAP.median}, ${HEAT_MAP.p95})`)
    console.log(`Gantt redraw: ${inWords(gantt)} (budget ${GANTT.median}, ${GANTT.p95})`)
    console.log(`Gantt scroll, frame work: ${inWords(scroll)} (budget ${GANTT.median}, ${GANTT.p95})`)
    await expectGantt(page)
    for (const tab of ['Curves', 'Participants', 'Events', 'Actions', 'Rounds']) {
      await page.getByRole('tab', { name: tab, exact: true }).click()
      await page.getByRole('tabpanel', { name: tab, exact: true }).waitFor()
      await page.waitForTimeout(300)
    }
    const longest = Math.max(0, ...tasks, ...(await takeCosts(page)).longTasks)
    const bytes = await heapBytes(page)
    console.log(`longest task of all: ${longest.toFixed(0)} ms (budget ${LONGEST_TASK_MS})`)
    console.log(`heap: ${(bytes / 1e6).toFixed(0)} MB (budget ${HEAP_BYTES / 1e6})`)
    expect(heat.median).toBeLessThanOrEqual(HEAT_MAP.median)
    expect(heat.p95).toBeLessThanOrEqual(HEAT_MAP.p95)
    expect(gantt.median).toBeLessThanOrEqual(GANTT.median)
    expect(gantt.p95).toBeLessThanOrEqual(GANTT.p95)
    expect(scroll.median).toBeLessThanOrEqual(GANTT.median)
    expect(scroll.p95).toBeLessThanOrEqual(GANTT.p95)
    expect(longest).toBeLessThan(LONGEST_TASK_MS)
    expect(bytes).toBeLessThan(HEAP_BYTES)
    await page.close()
  })

  /** The chosen round is the store's: who came when, the latest first. */
  async function expectGantt(page: Page): Promise<void> {
    const number = Number(new URL(page.url()).searchParams.get('round'))
    expect(number).toBe(500 + (PASSES * STEPS) / 2)
    const round: Round = await world.admin.round(run.id, number)
    const table = page.getByRole('region', { name: `Round ${number} over time` }).first()
    const names = await table.locator('tbody th').allTextContents()
    expect(names).toHaveLength(PARTICIPANTS)
    const arrived = round.participants.filter(({ uploadedAt }) => uploadedAt !== null)
    const late = arrived.sort((a, b) => String(b.uploadedAt).localeCompare(String(a.uploadedAt))).map(({ name }) => name)
    expect(names.filter((name) => late.includes(name))).toEqual(late)
    const states = round.participants.map(({ state }) => state)
    const failed = states.filter((state) => state === 'failed' || state === 'missing').length
    expect(names.length - late.length).toBe(failed)
  }
})

/** Milliseconds from the address to a head with the run's name and a picture of its data, painted. */
async function usefulAfter(page: Page, url: string, picture: string): Promise<number> {
  await page.goto('about:blank')
  await page.goto(url, { waitUntil: 'commit' })
  return page.evaluate(
    (selector) =>
      new Promise<number>((resolve) => {
        const look = () => {
          const canvas = document.querySelector<HTMLCanvasElement>(selector)
          const isThere = document.querySelector('main h1')?.textContent?.includes('rounds of') === true
          if (canvas !== null && isThere && canvas.width > 0) requestAnimationFrame(() => resolve(performance.now()))
          else requestAnimationFrame(look)
        }
        look()
      }),
    picture,
  )
}

/** Wheels over the Gantt and back. @returns what each frame's work took: from its callback to the first task after its painting */
async function scrolled(page: Page): Promise<ReturnType<typeof figuresOf>> {
  await page.mouse.move(640, 450)
  const frames = page.evaluate(
    () =>
      new Promise<number[]>((resolve) => {
        const costs: number[] = []
        const channel = new MessageChannel()
        let began = 0
        channel.port1.onmessage = () => {
          costs.push(performance.now() - began)
          if (costs.length >= 90) resolve(costs)
          else requestAnimationFrame(frame)
        }
        const frame = () => {
          began = performance.now()
          channel.port2.postMessage(null)
        }
        requestAnimationFrame(frame)
      }),
  )
  for (let turn = 0; turn < 60; turn += 1) {
    await page.mouse.wheel(0, turn < 30 ? 100 : -100)
    await page.waitForTimeout(16)
  }
  return figuresOf(await frames)
}
