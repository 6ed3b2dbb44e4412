import { type Browser, chromium } from 'playwright-core'
import { missing } from './required-browser.ts'

export const executablePath = process.env.TRIBUTARY_CHROMIUM ?? '/usr/bin/chromium'

/** Why the tests in Chromium are left out; null where they run. */
export const missingBrowser = missing('chromium', executablePath, 'TRIBUTARY_CHROMIUM')

export const switches = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const launchBrowser = (): Promise<Browser> => chromium.launch({ executablePath, args: switches })
