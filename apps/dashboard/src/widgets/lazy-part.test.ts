import { afterEach, expect, it, vi } from 'vitest'
import { arriving } from './lazy-part.ts'

afterEach(() => vi.unstubAllGlobals())

it('tells a part that was not fetched as what does not answer, and leaves faults of its own as they are', async () => {
  vi.stubGlobal('location', { host: 'hub.test' })
  const part = { default: 1 }
  expect(await arriving(Promise.resolve(part))).toBe(part)
  // As browsers say it of a module, and the loader of the pages of a style.
  for (const missing of [
    new TypeError('Failed to fetch dynamically imported module: http://hub.test/assets/runs-1.js'),
    new Error('Unable to preload CSS for /assets/runs-1.css'),
  ])
    await expect(arriving(Promise.reject(missing))).rejects.toMatchObject({
      code: 'unreachable',
      details: { url: 'hub.test', reason: missing.message },
    })
  const fault = new SyntaxError('in the part')
  await expect(arriving(Promise.reject(fault))).rejects.toBe(fault)
})
