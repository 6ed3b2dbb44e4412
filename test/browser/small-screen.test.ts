import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launch, noBrowser, openContext } from './harness/chromium.ts'
import { openSignedIn } from './harness/pages.ts'
import { openStage, type Stage } from './harness/stage.ts'

describe.skipIf(noBrowser !== null)('360 px, Chinese, text at 200 %', () => {
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

  it('clips no text and scrolls sideways in tables only', async () => {
    const { completed, failed, live, federation, vertical } = stage
    const context = await openContext(browser, { language: 'zh', width: 360, height: 740 })
    const page = await openSignedIn(context, stage.url, stage.token)
    const paths = [
      '/',
      `/federations/${federation}`,
      '/runs',
      ...['curves', 'rounds', 'participants', 'privacy', 'events', 'actions'].map((tab) => `/runs/${live}?tab=${tab}`),
      `/runs/${failed}`,
      `/compare?runs=${completed},${live}`,
      `/vertical-runs/${vertical}`,
      '/models',
      '/settings',
    ]
    const found: string[] = []
    for (const path of paths) {
      await page.goto(stage.url + path)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'))
      await page.waitForTimeout(300)
      found.push(...(await page.evaluate(whatDoesNotFit)).map((what) => `${path}: ${what}`))
    }
    expect(found).toEqual([])
    await page.getByText('训练任务').first().waitFor()
    await context.close()
  })
})

/** In the page: whether the document scrolls sideways, and elements whose own text is cut off. */
function whatDoesNotFit(): string[] {
  const found: string[] = []
  const root = document.documentElement
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.querySelectorAll('body *')].filter(
      (element) =>
        element.getBoundingClientRect().right > root.clientWidth + 1 && element.closest('.scroll, .visually-hidden') === null,
    )
    found.push(
      `sideways ${root.scrollWidth} > ${root.clientWidth}: ${wide
        .slice(0, 4)
        .map((one) => `${one.tagName}.${one.className}`)
        .join(' ')}`,
    )
  }
  for (const element of document.querySelectorAll<HTMLElement>('body *')) {
    if (element.closest('.scroll, .visually-hidden, select, option') !== null) continue
    const hasText = [...element.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && (node.textContent ?? '').trim() !== '',
    )
    const hides = ['hidden', 'clip'].includes(getComputedStyle(element).overflowX)
    if (hasText && hides && element.scrollWidth > element.clientWidth + 1) found.push(`cut: ${element.textContent?.slice(0, 30)}`)
  }
  return found
}
