import { expect, it, vi } from 'vitest'
import { liveHandles } from './handles.ts'
import { createScheme } from './index.ts'
import { parametersFor, seededColumns, seededVector } from './testing/tables.ts'

it('fifty steps leave no object and no page of memory behind', async () => {
  const memories: WebAssembly.Memory[] = []
  const instantiate = WebAssembly.instantiate.bind(WebAssembly)
  const spy = vi.spyOn(WebAssembly, 'instantiate')
  spy.mockImplementation((async (source: BufferSource, imports?: WebAssembly.Imports) => {
    const result = await instantiate(source, imports)
    for (const value of Object.values(result.instance.exports)) if (value instanceof WebAssembly.Memory) memories.push(value)
    return result
  }) as typeof WebAssembly.instantiate)
  const scheme = await createScheme(parametersFor(), 442)
  spy.mockRestore()
  expect(memories).toHaveLength(1)

  const u = seededVector(1, 442, 20)
  const columns = seededColumns(2, 2, 442, 18)
  const step = () => {
    const { publicKeys, secretKeys } = scheme.newKeys()
    const d = scheme.combine([scheme.encrypt(u, publicKeys)], u, publicKeys)
    const { ciphertexts } = scheme.request(d, columns, publicKeys)
    scheme.open(ciphertexts, secretKeys, 2)
    expect(() => scheme.open([new Uint8Array(scheme.sizes.openingBytes), ciphertexts[1] as Uint8Array], secretKeys, 2)).toThrow()
  }
  for (let i = 0; i < 5; i += 1) step()
  const objects = liveHandles()
  const bytes = memories[0]?.buffer.byteLength ?? 0
  expect(bytes).toBeGreaterThan(2 ** 20)
  for (let i = 0; i < 50; i += 1) {
    step()
    expect(liveHandles()).toBe(objects)
  }
  expect(memories[0]?.buffer.byteLength).toBe(bytes)
  scheme[Symbol.dispose]()
  expect(liveHandles()).toBe(0)
}, 120_000)
