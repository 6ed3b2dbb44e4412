import { expect, it } from 'vitest'
import { violations } from './harness/axe.ts'
import { launch, noBrowser } from './harness/chromium.ts'
import { inspect } from './harness/inspection.ts'
import { looks } from './harness/looks.ts'

/** One look for each visitor and state; axe-every-page.long.test.ts takes all four. */
it.skipIf(noBrowser !== null)('has no violation by axe in any state, each in one look', async () => {
  const browser = await launch()
  try {
    const { views, found, said } = await inspect(browser, (_tour, index) => looks.slice(index % looks.length).slice(0, 1))
    console.log(`axe: ${views} page views in one look each, ${found.length} violations`)
    expect(found).toEqual([])
    expect(said).toEqual([])
    expect(views).toBeGreaterThan(70)
    const page = await browser.newPage()
    await page.setContent('<html lang="en"><title>planted</title><main><h1>A fault</h1><img src="x.png"></main></html>')
    expect(await violations(page, 'planted')).toEqual([expect.stringContaining('planted: image-alt')])
  } finally {
    await browser.close()
  }
})
