import type { Browser, BrowserContext, Page } from 'playwright-core'

export { launchBrowser as launch, missingBrowser as noBrowser } from '../chromium.ts'

export interface Look {
  readonly language: 'en' | 'zh'
  readonly theme: 'light' | 'dark'
  readonly width: number
  readonly height: number
}
export const desk: Look = { language: 'en', theme: 'light', width: 1280, height: 900 }

/** A browser of its own, with its language and theme; whatever the page complains of is kept. */
export async function openContext(browser: Browser, look: Partial<Look> = {}): Promise<BrowserContext> {
  const { language, theme, width, height } = { ...desk, ...look }
  return browser.newContext({
    locale: language === 'zh' ? 'zh-CN' : 'en-GB',
    colorScheme: theme,
    viewport: { width, height },
  })
}

/** What the page says of itself that it should not have to: errors, and what the content security policy stopped. */
export function complaints(page: Page): string[] {
  const found: string[] = []
  page.on('pageerror', (error) => found.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') found.push(message.text())
  })
  return found
}
