import { describe, expect, it } from 'vitest'
import { deriveSeed, trainingSeed } from './seed.ts'

describe('deriveSeed', () => {
  // Python: int(hashlib.sha256(json.dumps([seed, *purpose], separators=(',', ':'), ensure_ascii=False).encode()).hexdigest()[:8], 16)
  it.each([
    [[0], 3502022929],
    [[1, 'selection', 1], 3173721162],
    [[7, 'training', 3, 'hospital-a'], 832492429],
    [[4294967295, 'training', 100000, 'z'], 119803930],
    [[1, '测试'], 1348231172],
  ] as const)('of %j is what Python computes', (parts, expected) => {
    const [seed, ...purpose] = parts
    expect(deriveSeed(seed, ...purpose)).toBe(expected)
  })

  it('keeps parts apart', () => {
    expect(deriveSeed(1, 'a', 'b')).not.toBe(deriveSeed(1, 'ab'))
    expect(deriveSeed(1, 1)).not.toBe(deriveSeed(1, '1'))
  })

  it('of training is by name, round and run', () => {
    expect(trainingSeed(7, 3, 'hospital-a')).toBe(deriveSeed(7, 'training', 3, 'hospital-a'))
    const seeds = [trainingSeed(7, 3, 'a'), trainingSeed(7, 3, 'b'), trainingSeed(7, 4, 'a'), trainingSeed(8, 3, 'a')]
    expect(new Set(seeds).size).toBe(4)
  })
})
