import type { BrowserContext, Page } from 'playwright-core'

/** One painting of a canvas by the page: the callback of its frame, with the raster. */
export interface Painting {
  /** Nearest heading of what it belongs to: the accessible name of its figure or section. */
  readonly of: string
  readonly milliseconds: number
}

interface Recorded {
  paintings: Painting[]
  longTasks: number[]
}
declare global {
  interface Window {
    recorded: Recorded
  }
}

/** From here on, pages of this context record what their paintings and long tasks cost. */
export async function recordCosts(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const recorded: Recorded = { paintings: [], longTasks: [] }
    window.recorded = recorded
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) recorded.longTasks.push(duration)
    }).observe({ type: 'longtask', buffered: true })
    const drawn = new Set<HTMLCanvasElement>()
    for (const name of ['fillRect', 'drawImage', 'stroke', 'clearRect'] as const) {
      const real = CanvasRenderingContext2D.prototype[name]
      Object.defineProperty(CanvasRenderingContext2D.prototype, name, {
        configurable: true,
        value(this: CanvasRenderingContext2D, ...args: unknown[]) {
          drawn.add(this.canvas)
          return Reflect.apply(real, this, args)
        },
      })
    }
    const frame = window.requestAnimationFrame.bind(window)
    window.requestAnimationFrame = (callback) =>
      frame((now) => {
        drawn.clear()
        const began = performance.now()
        callback(now)
        queueMicrotask(() => {
          // Commands are only collected until a pixel is asked for.
          for (const canvas of drawn) canvas.getContext('2d')?.getImageData(0, 0, 1, 1)
          const milliseconds = performance.now() - began
          for (const canvas of drawn) {
            const owner = canvas.closest('figure, section')
            const by = owner?.getAttribute('aria-labelledby')
            const label = owner?.getAttribute('aria-label') ?? (by == null ? '' : document.getElementById(by)?.textContent)
            recorded.paintings.push({ of: label ?? '', milliseconds })
          }
          drawn.clear()
        })
      })
  })
}

/** What was recorded since the last time. */
export const takeCosts = (page: Page): Promise<Recorded> =>
  page.evaluate(() => {
    const { paintings, longTasks } = window.recorded
    return { paintings: paintings.splice(0), longTasks: longTasks.splice(0) }
  })

/** Bytes of the page's objects and of what they hold outside of the heap, after what is not used is gone. */
export async function heapBytes(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('HeapProfiler.enable')
  await devtools.send('HeapProfiler.collectGarbage')
  const usage: { usedSize: number; embedderHeapUsedSize?: number; backingStorageSize?: number } =
    await devtools.send('Runtime.getHeapUsage')
  await devtools.detach()
  return usage.usedSize + (usage.embedderHeapUsedSize ?? 0) + (usage.backingStorageSize ?? 0)
}
