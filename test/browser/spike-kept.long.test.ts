import { type MetricSeries, routes, smoothed } from '@tributary/protocol'
import type { Browser, Page, Request } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { complaints, launch, noBrowser, openContext } from './harness/chromium.ts'
import { openSignedIn } from './harness/pages.ts'
import { openStoreWorld, type StoreWorld } from './harness/store-world.ts'
import { WrittenRun } from './harness/written-run.ts'

const POINTS = 100_000
const SPIKE = 37_123
const HIGH = 9
const METRIC = 'loss'
const FACTOR = 0.9
const A_COMMIT = 10_000
/** Beside the spike: a curve that stays between 0.9 and 1.1. */
const valueAt = (round: number) => (round === SPIKE ? HIGH : 1 + 0.1 * Math.sin(round / 50))

describe.skipIf(noBrowser !== null)(`one outlier among ${POINTS} points`, () => {
  let world: StoreWorld
  let browser: Browser
  let run: string
  const rounds = Array.from({ length: POINTS }, (_, index) => index + 1)
  beforeAll(async () => {
    world = await openStoreWorld()
    const written = await WrittenRun.begin(world.store, world.federation, { participants: 1, rounds: POINTS })
    run = written.id
    for (let first = 1; first <= POINTS; first += A_COMMIT) {
      await written.measure(
        rounds.slice(first - 1, first - 1 + A_COMMIT).map((round) => ({ round, name: METRIC, value: valueAt(round) })),
      )
    }
    browser = await launch()
  }, 240_000)
  afterAll(async () => {
    await browser?.close()
    await world?.close()
  })

  const asked = async (query: string): Promise<{ series: MetricSeries; took: number }> => {
    const began = performance.now()
    const url = `${world.url}${routes.runMetrics(run)}?name=${METRIC}&${query}`
    const response = await fetch(url, { headers: { authorization: `Bearer ${world.token}` } })
    const [series] = (await response.json()) as MetricSeries[]
    if (series === undefined) throw new Error(`no series: ${response.status}`)
    return { series, took: performance.now() - began }
  }

  it('is in the answer at every bucket size, where the smoothed curve is one and the same', async () => {
    const values = rounds.map(valueAt)
    const truth = smoothed(rounds, values, FACTOR)
    const sizes = new Set<number>()
    for (let buckets = 1_200; buckets >= 1; buckets = Math.floor(buckets / 2)) {
      const { series, took } = await asked(`buckets=${buckets}&smoothing=${FACTOR}`)
      sizes.add(series.bucketRounds)
      const holders = series.buckets.filter(({ max }) => max === HIGH)
      expect(holders).toHaveLength(1)
      expect(holders[0]?.fromRound).toBe(Math.floor(SPIKE / series.bucketRounds) * series.bucketRounds)
      for (const bucket of series.buckets) expect(bucket.smoothed).toBe(truth[bucket.lastRound - 1])
      if (buckets === 1_200) console.log(`${series.buckets.length} of ${POINTS} points, smoothed: ${took.toFixed(0)} ms`)
    }
    // The same in parts, down to single rounds.
    for (let span = 1 << 16; span >= 512; span /= 2) {
      const from = SPIKE - span / 4
      const { series } = await asked(`from=${from}&to=${from + span}&smoothing=${FACTOR}`)
      sizes.add(series.bucketRounds)
      expect(series.buckets.filter(({ max }) => max === HIGH)).toHaveLength(1)
      for (const bucket of series.buckets) expect(bucket.smoothed).toBe(truth[bucket.lastRound - 1])
    }
    console.log(`bucket sizes: ${[...sizes].sort((a, b) => a - b).join(', ')}`)
    expect(sizes.has(1) && sizes.has(128) && sizes.has(1 << 17)).toBe(true)
  })

  it('is seen at every zoom, and read as what it is in the closest', async () => {
    const page = await openSignedIn(await openContext(browser), world.url, world.token)
    const wrong = complaints(page)
    const settled = settling(page)
    await page.goto(`${world.url}/runs/${run}?clients=none`)
    const chart = page.getByRole('application', { name: /Loss/ })
    await chart.waitFor()
    const notes = [await sizeIn(page)]
    await pointAtSpike(page)
    // What the pointer is at stays there; each + halves what is seen around it.
    for (let zoom = 0; zoom < 9; zoom += 1) {
      const before = await pictureOf(page)
      await chart.focus()
      await page.keyboard.press('+')
      await expect.poll(() => pictureOf(page), { timeout: 10_000 }).not.toBe(before)
      await settled()
      await pointAtSpike(page)
      notes.push(await sizeIn(page))
    }
    console.log(`rounds for a point at each zoom: ${notes.join(', ')}`)
    expect(notes[0]).toBe(128)
    expect(notes.at(-1)).toBe(1)
    expect([...notes].sort((a, b) => b - a)).toEqual(notes)
    await page.getByRole('status').filter({ hasText: 'Round 37,123, Global model: 9' }).waitFor()
    for (let zoom = 0; zoom < 2; zoom += 1) await page.keyboard.press('-')
    await settled()
    await pointAtSpike(page)

    // Escape shows all again; smoothed, the area still reaches up to it.
    await page.keyboard.press('Escape')
    await expect.poll(() => sizeIn(page)).toBe(128)
    await settled()
    await page.goto(`${world.url}/runs/${run}?clients=none&smooth=${FACTOR}`)
    await chart.waitFor()
    await settled()
    await pointAtSpike(page)
    expect(wrong).toEqual([])
    await page.context().close()
  })
})

const pictureOf = (page: Page) => page.locator('.uplot canvas').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL())

/** Waits until the picture stays as it is, and nothing is on its way that would change it: the axis zooms before finer points come. */
function settling(page: Page): () => Promise<void> {
  const asked = new Set<Request>()
  page.on('request', (request) => {
    if (new URL(request.url()).pathname.includes('/metrics')) asked.add(request)
  })
  page.on('requestfinished', (request) => asked.delete(request))
  page.on('requestfailed', (request) => asked.delete(request))
  return async () => {
    let still = 0
    for (let last = await pictureOf(page); still < 3; ) {
      await page.waitForTimeout(300)
      const next = await pictureOf(page)
      still = next === last && asked.size === 0 ? still + 1 : 0
      last = next
    }
  }
}

/** Rounds for each point, as the page says it. */
async function sizeIn(page: Page): Promise<number> {
  const note = page.getByText(/^One point for each/)
  return (await note.count()) === 0 ? 1 : Number(/each (\d+) rounds/.exec((await note.textContent()) ?? '')?.[1])
}

/** Columns of the chart in whose upper half there is the curve's colour, and how high it reaches: 0 is the top. */
const upperHalf = (page: Page) =>
  page.locator('.uplot canvas').evaluate((element) => {
    const canvas = element as HTMLCanvasElement
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true })
    const probe = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
    const over = document.querySelector('.u-over')?.getBoundingClientRect()
    if (copy === null || probe === null || over === undefined) return { columns: [], top: 1 }
    copy.drawImage(canvas, 0, 0)
    probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--phase-1').trim()
    probe.fillRect(0, 0, 1, 1)
    const colour = probe.getImageData(0, 0, 1, 1).data
    const own = canvas.getBoundingClientRect()
    const { data, width, height } = copy.getImageData(over.x - own.x, over.y - own.y, over.width, over.height)
    const columns = new Set<number>()
    let top = 1
    for (let y = 0; y < height / 2; y += 1)
      for (let x = 0; x < width; x += 1) {
        const at = 4 * (y * width + x)
        const distance = [0, 1, 2].reduce((sum, part) => sum + Math.abs((data[at + part] ?? 0) - (colour[part] ?? 0)), 0)
        // A thin line is see-through at its edges; the grid is grey and far from it.
        if ((data[at + 3] ?? 0) < 60 || distance > 120) continue
        columns.add(x)
        top = Math.min(top, y / height)
      }
    return { columns: [...columns].sort((a, b) => a - b), top }
  })

/** Puts the pointer where the curve reaches up in one narrow place; every other value lies in the lower half of the axis. */
async function pointAtSpike(page: Page): Promise<void> {
  await expect.poll(async () => (await upperHalf(page)).columns.length, { timeout: 10_000 }).toBeGreaterThan(0)
  const { columns, top } = await upperHalf(page)
  expect(columns.length).toBeLessThan(40)
  expect(top).toBeLessThan(0.25)
  const box = await page.locator('.u-over').boundingBox()
  if (box === null) throw new Error('the chart is not there')
  await page.mouse.move(box.x + (columns[columns.length >> 1] ?? 0), box.y + box.height / 2)
  await page
    .getByRole('status')
    .filter({ hasText: /^Round [\d,]+, Global model/ })
    .waitFor()
}
