import { expect, it } from 'vitest'
import { launch, noBrowser } from './harness/chromium.ts'
import { inspect } from './harness/inspection.ts'
import { looks } from './harness/looks.ts'

it.skipIf(noBrowser !== null)('has no violation by axe in any state, in both themes and both languages', async () => {
  const browser = await launch()
  try {
    const { views, found, said } = await inspect(browser, () => looks)
    console.log(`axe: ${views} page views in ${looks.length} looks, ${found.length} violations`)
    expect(found).toEqual([])
    expect(said).toEqual([])
    expect(views).toBeGreaterThan(280)
  } finally {
    await browser.close()
  }
})
