import { afterEach, expect, it, vi } from 'vitest'
import { copyText } from './copy-text.ts'

afterEach(() => vi.unstubAllGlobals())

it('says whether the text is in the clipboard: copied, refused, or without a clipboard as on plain HTTP', async () => {
  const writeText = vi.fn(async (_: string) => {})
  vi.stubGlobal('navigator', { clipboard: { writeText } })
  expect(await copyText('abc')).toBe(true)
  expect(writeText).toHaveBeenCalledExactlyOnceWith('abc')
  vi.stubGlobal('navigator', { clipboard: { writeText: () => Promise.reject(new Error('refused')) } })
  expect(await copyText('abc')).toBe(false)
  vi.stubGlobal('navigator', {})
  expect(await copyText('abc')).toBe(false)
})
