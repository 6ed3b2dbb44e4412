import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { type BrowserContext, chromium } from 'playwright-core'
import { executablePath, switches } from './chromium.ts'

/** A Chromium that a test can kill; its profile outlives it. */
export interface ChromiumProcess {
  readonly child: ChildProcess
  readonly context: BrowserContext
  /** SIGKILL: no unload handler, no farewell. */
  kill(): Promise<void>
}

export async function startChromium(profile: string): Promise<ChromiumProcess> {
  const args = [...switches, '--headless', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank']
  const child = spawn(executablePath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  // Its helpers write into the profile too, and hold its standard error as long as they live: `exit` would be too early.
  const ended = once(child, 'close')
  const endpoint = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      const [, address] = /^DevTools listening on (ws:\S+)/.exec(line) ?? []
      if (address !== undefined) resolve(address)
    })
    void ended.then(() => reject(new Error('Chromium ended before it could be spoken to')))
  })
  const browser = await chromium.connectOverCDP(endpoint)
  const [context] = browser.contexts()
  if (context === undefined) throw new Error('Chromium has no context')
  return {
    child,
    context,
    async kill() {
      child.kill('SIGKILL')
      await ended
      await browser.close().catch(() => undefined)
    },
  }
}
