import { TributaryError } from '@tributary/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countClasses } from '../description.ts'
import { loadMnistLabels } from '../node/mnist.ts'
import { seededRandom } from '../random.ts'
import type { PartitionConfig } from './config.ts'
import { cut, drawDirichlet } from './dirichlet-draw.ts'
import { partition } from './partition.ts'

const labels = await loadMnistLabels({ split: 'train' })
const share = countClasses(labels, 10).map((count) => count / labels.length)

/** Largest distance in total variation between a client's mix of classes and that of all rows: 0 to 1. */
const skews = (parts: readonly Uint32Array[]) =>
  parts.map((rows) => {
    const counts = countClasses(labels, 10, rows)
    return counts.reduce((sum, count, label) => sum + Math.abs(count / rows.length - (share[label] ?? 0)), 0) / 2
  })
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
const sizes = (parts: readonly Uint32Array[]) => parts.map((rows) => rows.length)

const alpha = fc.double({ min: 1e-4, max: 1e4, noNaN: true })
const anyConfig: fc.Arbitrary<PartitionConfig> = fc.oneof(
  fc.constant<PartitionConfig>({ kind: 'iid' }),
  fc.record({ kind: fc.constant('dirichlet' as const), alpha, minimumRows: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('shards' as const), shardsPerClient: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('quantity' as const), alpha }),
)

describe('partition', () => {
  it('deals each row to exactly one client, leaves none empty, and repeats itself by seed', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 12 })
          .chain((clients) => fc.tuple(fc.constant(clients), fc.array(fc.nat(4), { minLength: 3 * clients, maxLength: 120 }))),
        anyConfig,
        fc.integer(),
        ([clients, classes], config, seed) => {
          const few = Float32Array.from(classes)
          const parts = partition(few, 5, clients, config, seed)
          expect(parts).toHaveLength(clients)
          const minimum = config.kind === 'dirichlet' ? (config.minimumRows ?? 1) : 1
          for (const rows of parts) {
            expect(rows.length).toBeGreaterThanOrEqual(minimum)
            expect([...rows]).toEqual([...rows].sort((a, b) => a - b))
          }
          expect(parts.flatMap((rows) => [...rows]).sort((a, b) => a - b)).toEqual([...few.keys()])
          expect(partition(few, 5, clients, config, seed)).toEqual(parts)
        },
      ),
      { numRuns: 300, seed: 4 },
    )
  })

  it.each<PartitionConfig>([
    { kind: 'iid' },
    { kind: 'dirichlet', alpha: 0.5 },
    { kind: 'shards' },
    { kind: 'quantity', alpha: 0.5 },
  ])('deals otherwise with another seed: $kind', (config) => {
    expect(partition(labels, 10, 10, config, 1)).not.toEqual(partition(labels, 10, 10, config, 2))
  })

  it('iid: equal sizes, and each mix of classes is near that of all', () => {
    const parts = partition(labels, 10, 100, { kind: 'iid' }, 1)
    expect(new Set(sizes(parts))).toEqual(new Set([600]))
    // 600 random rows are about 0.049 away on average.
    expect(mean(skews(parts))).toBeLessThan(0.06)
    expect(Math.max(...skews(parts))).toBeLessThan(0.12)
    expect(sizes(partition(labels.subarray(0, 11), 10, 3, { kind: 'iid' }, 1)).sort()).toEqual([3, 4, 4])
  })

  it('dirichlet: a large alpha is near iid, a small one skews classes', () => {
    const skewOf = (alpha: number) => mean(skews(partition(labels, 10, 20, { kind: 'dirichlet', alpha }, 1)))
    const [even, mild, strong, extreme] = [skewOf(10_000), skewOf(1), skewOf(0.1), skewOf(0.001)]
    expect(even).toBeLessThan(0.02)
    expect(mild).toBeGreaterThan(0.2)
    expect(strong).toBeGreaterThan(mild + 0.2)
    // With 20 clients for 10 classes at most half of them hold a whole class; the others hold what filled them up.
    expect(extreme).toBeGreaterThan(0.7)
  })

  it('dirichlet: shares of a class vary as the distribution says', () => {
    // Var of one of n = 10 parts of Dir(alpha): (1/n)(1 - 1/n) / (n alpha + 1).
    for (const alpha of [0.05, 0.5, 1, 5]) {
      const random = seededRandom(11)
      const firsts = Array.from({ length: 4_000 }, () => drawDirichlet(random, alpha, 10)[3] ?? 0)
      const variance = mean(firsts.map((value) => (value - 0.1) ** 2))
      expect(Math.abs(mean(firsts) - 0.1)).toBeLessThan(0.02)
      expect(variance / ((0.1 * 0.9) / (10 * alpha + 1))).toBeGreaterThan(0.9)
      expect(variance / ((0.1 * 0.9) / (10 * alpha + 1))).toBeLessThan(1.1)
    }
  })

  it('dirichlet: draws stay finite and sum to 1 for the smallest alpha', () => {
    for (let seed = 0; seed < 200; seed++) {
      const draw = drawDirichlet(seededRandom(seed), 1e-6, 5)
      expect(draw.reduce((a, b) => a + b)).toBeCloseTo(1, 12)
      expect(draw.every((part) => part >= 0 && part <= 1)).toBe(true)
    }
    const slices = cut(
      Uint32Array.from({ length: 7 }, (_, i) => i),
      Float64Array.of(0.5, 0, 0.5),
    )
    expect(slices.map((slice) => slice.length)).toEqual([4, 0, 3])
  })

  it('shards: two shards of 300 give a client few classes, as in McMahan et al.', () => {
    const parts = partition(labels, 10, 100, { kind: 'shards' }, 1)
    expect(new Set(sizes(parts))).toEqual(new Set([600]))
    const classesOf = parts.map((rows) => countClasses(labels, 10, rows).filter((count) => count > 0).length)
    // A shard that lies over a border of two digits brings both.
    expect(Math.max(...classesOf)).toBeLessThanOrEqual(4)
    expect(mean(classesOf)).toBeLessThan(2.2)
    expect(mean(skews(parts))).toBeGreaterThan(0.75)
  })

  it('shards: sorts regression targets, so that a client holds a narrow range', () => {
    const targets = Float32Array.from({ length: 100 }, (_, i) => ((i * 37) % 100) / 10)
    for (const rows of partition(targets, null, 10, { kind: 'shards', shardsPerClient: 1 }, 1)) {
      const held = [...rows].map((row) => targets[row] ?? Number.NaN)
      expect(Math.max(...held) - Math.min(...held)).toBeCloseTo(0.9, 5)
    }
  })

  it('quantity: sizes differ, mixes of classes do not', () => {
    const parts = partition(labels, 10, 10, { kind: 'quantity', alpha: 0.5 }, 3)
    expect(Math.max(...sizes(parts)) / Math.min(...sizes(parts))).toBeGreaterThan(10)
    for (const [client, skew] of skews(parts).entries()) {
      const size = parts[client]?.length ?? 0
      if (size >= 1_000) expect(skew).toBeLessThan(0.07)
    }
    const even = sizes(partition(labels, 10, 10, { kind: 'quantity', alpha: 100_000 }, 3))
    expect(Math.max(...even) / Math.min(...even)).toBeLessThan(1.1)
  })

  it('refuses what cannot be dealt', () => {
    const three = Float32Array.of(0, 1, 1)
    const refused = (deal: () => unknown, reason: RegExp) => {
      expect(deal).toThrow(TributaryError)
      expect(deal).toThrow(reason)
    }
    refused(() => partition(three, 2, 4, { kind: 'iid' }, 1), /4 clients need at least 4 rows, there are 3/)
    refused(() => partition(three, 2, 2, { kind: 'shards' }, 1), /need at least 4 rows/)
    refused(() => partition(three, 2, 2, { kind: 'dirichlet', alpha: 1, minimumRows: 2 }, 1), /need at least 4 rows/)
    refused(() => partition(three, null, 2, { kind: 'dirichlet', alpha: 1 }, 1), /this dataset has none/)
    refused(() => partition(three, 1, 2, { kind: 'dirichlet', alpha: 1 }, 1), /not a class/)
    refused(() => partition(three, 2, 2, { kind: 'dirichlet', alpha: 0 }, 1), /alpha/)
    refused(() => partition(three, 2, 0, { kind: 'iid' }, 1), /clients/)
    refused(() => partition(three, 2, 1, { kind: 'iid' }, 0.5), /seed/)
    refused(() => partition(Float32Array.of(Number.NaN, 1), null, 1, { kind: 'shards' }, 1), /a row has none/)
  })
})
