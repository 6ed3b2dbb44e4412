import { afterEach, describe, expect, it, vi } from 'vitest'

/** The module as a process finds it that has chosen nothing yet. */
async function fresh(native: string | null | undefined, environment?: string) {
  vi.resetModules()
  if (native !== undefined) vi.doMock('#native', () => ({ loadNative: async () => native, requestedBackend: () => environment }))
  return (await import('./select-backend.ts')).selectBackend
}

afterEach(() => {
  vi.doUnmock('#native')
  vi.doUnmock('@tensorflow/tfjs-core')
  vi.unstubAllEnvs()
})

describe('selectBackend', () => {
  it('takes WASM where native TensorFlow is missing, and says why', async () => {
    const select = await fresh('its library is not there')
    const expected = { backend: 'wasm', reason: 'native: its library is not there' }
    expect(await select()).toEqual(expected)
    expect(await select()).toEqual(expected)
    expect(await select({ force: 'wasm' })).toEqual(expected)
  })

  it('refuses a backend that was asked for and is missing, and then still works', async () => {
    const select = await fresh('its library is not there', 'native')
    await expect(select()).rejects.toMatchObject({
      code: 'backend_unavailable',
      details: { backend: 'native', reason: 'its library is not there' },
    })
    expect(await select({ force: 'wasm' })).toEqual({ backend: 'wasm', reason: null })
    expect(await select()).toEqual({ backend: 'wasm', reason: null })
    await expect(select({ force: 'native' })).rejects.toMatchObject({ code: 'backend_unavailable' })
  })

  it('computes on the one before when another fails as it starts', async () => {
    const tf = await import('@tensorflow/tfjs-core')
    vi.doMock('#webgpu', () => ({ loadWebGpu: async () => null, hasAdapter: async () => true }))
    tf.registerBackend('webgpu', () => Promise.reject(new Error('no device')))
    try {
      const select = await fresh('its library is not there')
      expect(await select({ force: 'wasm' })).toEqual({ backend: 'wasm', reason: null })
      await expect(select({ force: 'webgpu' })).rejects.toMatchObject({
        details: { backend: 'webgpu', reason: 'it did not start' },
      })
      expect(tf.tidy(() => tf.add(1, 2).dataSync()[0])).toBe(3)
      expect(await select({ force: 'wasm' })).toEqual({ backend: 'wasm', reason: null })
      expect(tf.getBackend()).toBe('wasm')
    } finally {
      tf.removeBackend('webgpu')
      vi.doUnmock('#webgpu')
    }
  })

  it('is loud when it takes plain JavaScript', async () => {
    vi.doMock('@tensorflow/tfjs-core', async (original) => {
      const tf = await original<typeof import('@tensorflow/tfjs-core')>()
      return { ...tf, setBackend: async (name: string) => name !== 'wasm' && tf.setBackend(name) }
    })
    const select = await fresh('not here')
    const lines: string[] = []
    expect(await select({ onWarning: (line) => lines.push(line) })).toEqual({
      backend: 'cpu',
      reason: 'native: not here; wasm: it did not start',
    })
    await select({ onWarning: (line) => lines.push(line) })
    expect(lines).toEqual([expect.stringMatching(/^WARNING: .*slower.*native: not here; wasm: it did not start/)])
  })

  it('reads TRIBUTARY_BACKEND', async () => {
    vi.stubEnv('TRIBUTARY_BACKEND', 'wasm')
    expect(await (await fresh(undefined))()).toEqual({ backend: 'wasm', reason: null })
    vi.stubEnv('TRIBUTARY_BACKEND', 'gpu')
    await expect((await fresh(undefined))()).rejects.toMatchObject({
      code: 'config_invalid',
      details: { setting: 'TRIBUTARY_BACKEND' },
    })
  })

  it('calls at the same time do not meet', async () => {
    const select = await fresh('not here')
    const both = await Promise.all([select({ force: 'cpu', onWarning: () => undefined }), select({ force: 'wasm' }), select()])
    expect(both.map(({ backend }) => backend)).toEqual(['cpu', 'wasm', 'wasm'])
  })
})

describe('the browser', () => {
  it('has no native TensorFlow and no environment', async () => {
    const { loadNative, requestedBackend } = await import('./native.browser.ts')
    expect(await loadNative()).toMatch('Node only')
    expect(requestedBackend()).toBeUndefined()
  })
})
