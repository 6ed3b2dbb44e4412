import type { Browser } from 'playwright-core'
import { World } from '../../harness/institutions.ts'
import { violations } from './axe.ts'
import { complaints, openContext } from './chromium.ts'
import { type Dress, nameOf, Wardrobe } from './looks.ts'
import { openStage } from './stage.ts'
import { empty, institution, live, outside, over, type Tour, takingPart } from './tours.ts'

export interface Inspected {
  /** Pages, in a state, in a look. */
  readonly views: number
  /** What axe found. */
  readonly found: readonly string[]
  /** What pages complained of by themselves. */
  readonly said: readonly string[]
}

/** A refused sign-in, what is not there, and a line that was cut, are written to the console by Chromium itself. */
const EXPECTED = /status of 40[14]|ERR_INTERNET_DISCONNECTED|WebSocket connection to/

const AT_ONCE = 2

/** Goes through every page in every state, each in the looks that are wanted, and looks at it by axe. */
export async function inspect(browser: Browser, looksOf: (tour: string, index: number) => readonly Dress[]): Promise<Inspected> {
  const [stage, nothing] = await Promise.all([openStage(), World.open()])
  const result = { views: 0, found: [] as string[], said: [] as string[] }
  // The longest first, and what needs the stage's one federation alone before it is left.
  const tours = [takingPart(stage), live(stage), over(stage), empty(nothing), institution(stage), outside(stage)]
  const numbered = tours.map((tour, index) => ({ tour, looks: looksOf(tour.name, index) }))
  try {
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let next = numbered.shift(); next !== undefined; next = numbered.shift()) await walk(next.tour, next.looks)
      }),
    )
  } finally {
    await Promise.all([stage.close(), nothing.close()])
  }
  return result

  async function walk({ name, origin, walk: lead }: Tour, looks: readonly Dress[]): Promise<void> {
    const began = Date.now()
    let views = 0
    const context = await openContext(browser)
    const wardrobe = new Wardrobe(await context.newPage(), origin)
    context.on('page', (page) => {
      const said = complaints(page)
      page.on('close', () => result.said.push(...said.filter((text) => !EXPECTED.test(text)).map((text) => `${name}: ${text}`)))
    })
    await wardrobe.open()
    await lead(context, async (page, what) => {
      for (const look of looks) {
        await wardrobe.dress(page, look)
        result.found.push(...(await violations(page, `${name}, ${what}, ${nameOf(look)}`)))
        views += 1
      }
      await wardrobe.dress(page, { theme: 'light', language: 'en' })
    })
    for (const page of context.pages()) await page.close()
    await context.close()
    result.views += views
    console.log(`  ${name}: ${views} views in ${((Date.now() - began) / 1000).toFixed(0)} s`)
  }
}
