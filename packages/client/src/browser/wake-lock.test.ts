import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { awake } from './wake-lock.ts'

class Sentinel extends EventTarget {
  isHeld = true
  isAsked = false
  /** As browsers do it: its event comes later. */
  async release(): Promise<void> {
    this.isAsked = true
  }
  end(): void {
    this.isHeld = false
    this.dispatchEvent(new Event('release'))
  }
}

let sentinels: Sentinel[]
let page: EventTarget & { visibilityState: string }
const settled = () => new Promise((resolve) => setTimeout(resolve))

beforeEach(() => {
  sentinels = []
  page = Object.assign(new EventTarget(), { visibilityState: 'visible' })
  vi.stubGlobal('document', page)
  const request = async () => {
    sentinels.push(new Sentinel())
    return sentinels.at(-1)
  }
  vi.stubGlobal('navigator', { wakeLock: { request } })
})
afterEach(() => vi.unstubAllGlobals())

it('keeps the newer lock when the one before it ends late, and lets go of it in its turn', async () => {
  const screen = awake()
  screen.stay()
  await settled()
  screen.rest()
  screen.stay()
  await settled()
  sentinels[0]?.end()
  page.dispatchEvent(new Event('visibilitychange'))
  await settled()
  expect(sentinels).toHaveLength(2)
  screen.rest()
  await settled()
  expect(sentinels.map(({ isAsked }) => isAsked)).toEqual([true, true])
})

it('takes the lock again when the browser took it from a hidden page', async () => {
  const screen = awake()
  screen.stay()
  await settled()
  sentinels[0]?.end()
  page.dispatchEvent(new Event('visibilitychange'))
  await settled()
  expect(sentinels).toHaveLength(2)
  screen.rest()
  page.dispatchEvent(new Event('visibilitychange'))
  await settled()
  expect(sentinels).toHaveLength(2)
})
