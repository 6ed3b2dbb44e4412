import puppeteer, { type Browser } from 'puppeteer-core'
import { LAUNCH_MS } from './chromium.ts'
import { missing } from './required-browser.ts'

const executablePath = process.env.TRIBUTARY_FIREFOX ?? '/usr/bin/firefox-esr'

/** Why the tests in Firefox are left out; null where they run. */
export const missingFirefox = missing('firefox', executablePath, 'TRIBUTARY_FIREFOX')

/** Stock Firefox, spoken to by WebDriver BiDi, with a new profile. */
export const launchFirefox = (): Promise<Browser> =>
  puppeteer.launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    timeout: LAUNCH_MS,
    extraPrefsFirefox: { 'intl.accept_languages': 'en-GB' },
  })
