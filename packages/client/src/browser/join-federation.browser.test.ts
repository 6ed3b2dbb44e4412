import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { joinFederation } from './join-federation.browser.ts'

beforeEach(() => {
  vi.stubGlobal('isSecureContext', true)
  vi.stubGlobal('navigator', { locks: {} })
  vi.stubGlobal(
    'Worker',
    class {
      constructor() {
        throw new Error('a worker was started')
      }
    },
  )
})
afterEach(() => vi.unstubAllGlobals())

it('joins nothing when it was called off while the rows were read', async () => {
  const calledOff = new AbortController()
  const data = async () => {
    calledOff.abort(new Error('called off'))
    return { features: new Float32Array(1), featureShape: [1], labels: new Float32Array(1), count: 1, classes: null }
  }
  const wasm = { plain: '', simd: '', threadedSimd: '' }
  await expect(joinFederation({ url: 'http://hub.test', data, wasm, signal: calledOff.signal })).rejects.toThrow('called off')
})
