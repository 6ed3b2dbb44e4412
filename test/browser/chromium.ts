import { type Browser, chromium } from 'playwright-core'
import { missing } from './required-browser.ts'

export const executablePath = process.env.TRIBUTARY_CHROMIUM ?? '/usr/bin/chromium'

/** Why the tests in Chromium are left out; null where they run. */
export const missingBrowser = missing('chromium', executablePath, 'TRIBUTARY_CHROMIUM')

export const switches = [
  '--no-sandbox',
  '--disable-gpu',
  // Containers give 64 MB to /dev/shm, which a page with pictures can use up.
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // What else it would ask its maker some time after its start.
  '--disable-domain-reliability',
  '--disable-fetching-hints-at-navigation-start',
  '--disable-optimization-guide-model-downloads-for-benchmarking',
]

/** A busy machine may take its time to start a browser. */
export const LAUNCH_MS = 90_000

export const launchBrowser = (more: readonly string[] = []): Promise<Browser> =>
  chromium.launch({ executablePath, args: [...switches, ...more], timeout: LAUNCH_MS })
