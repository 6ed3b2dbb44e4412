import puppeteer, { type Browser } from 'puppeteer-core'
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
    extraPrefsFirefox: { 'intl.accept_languages': 'en-GB' },
  })
