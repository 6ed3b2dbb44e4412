import { existsSync } from 'node:fs'
import { requireBuiltPages } from './built-pages.ts'

/** How the tests name browsers, and TRIBUTARY_REQUIRE_BROWSER does (a list with commas). */
const names = ['chromium', 'firefox'] as const
type BrowserName = (typeof names)[number]

const asked = (process.env.TRIBUTARY_REQUIRE_BROWSER ?? '').split(',').filter((name) => name !== '')
for (const name of asked)
  if (!names.some((known) => known === name))
    throw new Error(`TRIBUTARY_REQUIRE_BROWSER names ${name}; it is a list of ${names.join(', ')}`)

/**
 * Why tests in this browser are left out; null where they run.
 * @throws Error where TRIBUTARY_REQUIRE_BROWSER names it and it is not there, or it is and would show pages of other sources
 */
export function missing(browser: BrowserName, executable: string, variable: string): string | null {
  if (existsSync(executable)) {
    requireBuiltPages()
    return null
  }
  const reason = `no ${browser} at ${executable} (${variable} names another)`
  if (asked.includes(browser)) throw new Error(`TRIBUTARY_REQUIRE_BROWSER names ${browser}, and there is ${reason}`)
  console.warn(`Tests in ${browser} are skipped: ${reason}`)
  return reason
}
