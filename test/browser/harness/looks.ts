import type { Page } from 'playwright-core'
import type { Look } from './chromium.ts'

export type Dress = Pick<Look, 'theme' | 'language'>

export const looks: readonly Dress[] = [
  { theme: 'light', language: 'en' },
  { theme: 'dark', language: 'en' },
  { theme: 'dark', language: 'zh' },
  { theme: 'light', language: 'zh' },
]

export const nameOf = ({ theme, language }: Dress): string => `${theme} ${language}`

/** Changes theme and language of an open page as another tab of the same browser does, without a reload. */
export class Wardrobe {
  readonly #otherTab: Page

  readonly #origin: string

  /** @param otherTab in the same context as the pages */
  constructor(otherTab: Page, origin: string) {
    this.#otherTab = otherTab
    this.#origin = origin
  }

  async open(): Promise<void> {
    await this.#otherTab.goto(`${this.#origin}/healthz`)
  }

  async dress(page: Page, look: Dress): Promise<void> {
    await this.#otherTab.evaluate(
      (chosen) => localStorage.setItem('tributary.preferences', JSON.stringify({ ...chosen, zone: 'local' })),
      look,
    )
    await page.waitForFunction(({ theme, language }) => {
      const { dataset, lang } = document.documentElement
      return dataset.theme === theme && lang.startsWith(language)
    }, look)
    // Until it is drawn.
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
  }
}
