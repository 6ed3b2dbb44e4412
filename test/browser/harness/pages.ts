import type { BrowserContext, Page } from 'playwright-core'

/** Opens a page of the dashboard signed in by the token in the fragment, as a printed address does. */
export async function openSignedIn(context: BrowserContext, url: string, token: string, path = '/'): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${url}${path}#token=${token}`)
  await page.getByRole('navigation').waitFor()
  return page
}
