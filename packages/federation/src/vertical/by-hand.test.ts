import { verticalSettingsSchema } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { centre, norm, requireNoWrap, toFixed, unmask } from './arithmetic/fixed-point.ts'
import { dot, timesColumns } from './arithmetic/vectors.ts'
import { ownClosing } from './optimisers/closing.ts'
import { decide } from './optimisers/decide.ts'
import { combinationOf, move, newOptimiser, ownParts, takeOpened } from './optimisers/optimiser.ts'
import type { OptimiserState, OwnPart } from './optimisers/state.ts'
import { noTotals } from './optimisers/totals.ts'

/** x_A = (1,0,−1), x_B = (1,1,−2), y = (2,1,−3), λ = 2, nothing standardised: H = [[6,6],[6,14]], b = (10,18), w* = (2/3, 1). */
const xA = [1, 0, -1]
const xB = [1, 1, -2]
const y = [2, 1, -3]
const rows = 3
const partA: OwnPart = { rows, lambda: 2, factor: Float64Array.of(Math.sqrt(6)), labelSquares: 0 }
const partB: OwnPart = { rows, lambda: 2, factor: Float64Array.of(Math.sqrt(14)), labelSquares: 14 }
const parts = [partA, partB]
const columns = [xA, xB]

const modulo = (value: bigint, t: bigint) => ((value % t) + t) % t
const centredSum = (values: readonly bigint[], t: bigint) =>
  modulo(
    values.reduce((sum, value) => sum + value, 0n),
    t,
  )

/** One opening as the four see it: products mod t, masked slots, the sum that comes back, the number. */
function opening(d: readonly bigint[], x: readonly number[], R: readonly bigint[], t: bigint, digits: number) {
  const products = d.map((value, i) => modulo(value * BigInt(x[i] ?? 0), t))
  const seen = products.map((value, i) => modulo(value + (R[i] ?? 0n), t))
  const returned = centredSum(seen, t)
  const maskSum = centredSum(R, t)
  return { products, seen, returned, maskSum, h: unmask(String(returned), String(maskSum), t, digits) }
}

describe('the example by hand, t = 193, fx = 0, fu = 3', () => {
  const t = 193n
  const d = [...toFixed(y, 3)].map((value) => modulo(-value, t))

  it('encodes the residual of w = 0', () => {
    expect(d).toEqual([177n, 185n, 24n])
    // −2, −1, 3 in eighths.
    expect(d.map((value) => centre(value, t))).toEqual([-16n, -8n, 24n])
  })

  it('gives A its number through masked slots', () => {
    const a = opening(d, xA, [5n, 190n, 60n], t, 3)
    expect(a.products).toEqual([177n, 0n, 169n])
    expect(a.seen).toEqual([182n, 190n, 36n])
    expect(a.returned).toBe(22n)
    expect(a.maskSum).toBe(62n)
    expect(centre(22n - 62n, t)).toBe(-40n)
    expect(a.h).toBe(-5)
  })

  it('gives B its number, wrapped once more', () => {
    const b = opening(d, xB, [100n, 7n, 150n], t, 3)
    expect(b.products).toEqual([177n, 185n, 145n])
    expect(b.seen).toEqual([84n, 192n, 102n])
    expect(b.returned).toBe(185n)
    expect(b.maskSum).toBe(64n)
    expect(185n - 64n).toBe(121n)
    expect(centre(121n, t)).toBe(-72n)
    expect(b.h).toBe(-9)
  })

  it('would read B wrongly with t = 97, so that t is refused', () => {
    const small = 97n
    const wrong = opening(
      d.map((value) => modulo(centre(value, t), small)),
      xB,
      [3n, 50n, 90n],
      small,
      3,
    )
    // −72 mod 97.
    expect(wrong.h * 8).toBe(25)
    const bound = norm(xB) * norm(y) * 8
    expect(bound).toBeCloseTo(Math.sqrt(6) * Math.sqrt(14) * 8, 12)
    expect(bound).toBeCloseTo(73.3, 1)
    expect(() => requireNoWrap(bound, small, 3)).toThrowError(expect.objectContaining({ code: 'slr_overflow_bound' }))
    expect(() => requireNoWrap(bound, t, 3)).not.toThrow()
  })
})

/** X_jᵀ of Σ_j factor·X_j·v_j − labelFactor·y, in the clear. */
function products(states: readonly OptimiserState[], step: number, closing: boolean, pi: number) {
  const kind = { step, closing, exponent: 0, labelExponent: 0 }
  const sum = [0, 0, 0]
  states.forEach((state, j) => {
    const { v, factor, labelFactor } = combinationOf(state, kind, rows, { ...noTotals, pi })
    timesColumns([Float64Array.from(columns[j] ?? [])], v, rows).forEach((value, i) => {
      sum[i] = (sum[i] ?? 0) + factor * value - (j === 1 ? labelFactor * (y[i] ?? 0) : 0)
    })
  })
  return { d: sum, h: columns.map((x) => dot(x, sum)), kind }
}

describe('the example by hand, steps', () => {
  it('gd with step 1/16 goes to (0.625, 1.125)', () => {
    const settings = verticalSettingsSchema.parse({ lambda: 2, optimiser: { name: 'gd', learningRate: rows / 16 } })
    const { optimiser } = settings
    let states: OptimiserState[] = [newOptimiser(optimiser, 1), newOptimiser(optimiser, 1)]
    const first = products(states, 0, false, 0)
    expect(first.d).toEqual([-2, -1, 3])
    expect(first.h).toEqual([-5, -9])
    states = states.map((s, j) => takeOpened(s, first.kind, [first.h[j] ?? 0], parts[j] as OwnPart, noTotals))
    const shared = states.map((s, j) => ownParts(s, 'first', parts[j] as OwnPart, optimiser, 2))
    const sums = { f: 0, g: 0, rho: 0 }
    for (const share of shared) for (const name of ['f', 'g', 'rho'] as const) sums[name] += share[name] ?? 0
    expect(sums.f).toBe(14)
    expect(sums.g).toBe(100 + 324)
    const { decision } = decide('first', noTotals, sums, settings, rows, 0)
    states = states.map((s, j) => move(s, 'first', decision, parts[j] as OwnPart, optimiser, 2))
    expect(states.map(({ w }) => w)).toEqual([[0.625], [1.125]])

    const second = products(states, 1, false, 0)
    expect(second.d).toEqual([-0.25, 0.125, 0.125])
    expect(second.h).toEqual([-0.375, -0.375])
    states = states.map((s, j) => takeOpened(s, second.kind, [second.h[j] ?? 0], parts[j] as OwnPart, noTotals))
    // L by the identity: 14 + 0.625·(−5.375) + 1.125·(−9.375).
    const L = states.reduce((sum, { w, h, h0 }) => sum + dot(w, [(h[0] ?? 0) + (h0[0] ?? 0)]), 14)
    expect(L).toBe(0.09375)
    expect(dot(second.d, second.d)).toBe(L)
    const g = states.map(({ h, w }) => 2 * (h[0] ?? 0) + 2 * (w[0] ?? 0))
    expect(g).toEqual([0.5, 1.5])
  })

  it('pcg finds w* in two steps, each number a known fraction', () => {
    const settings = verticalSettingsSchema.parse({ lambda: 2, tolerance: 1e-20 })
    const { optimiser } = settings
    let states: OptimiserState[] = [newOptimiser(optimiser, 1), newOptimiser(optimiser, 1)]
    let totals = noTotals
    const sum = (point: 'first' | 'direction' | 'residual' | 'closing', name: 'rho' | 'eta' | 'f') =>
      states.reduce((all, s, j) => all + (ownParts(s, point, parts[j] as OwnPart, optimiser, 2)[name] ?? 0), 0)
    const open = (step: number, closing = false) => {
      const { h, kind } = products(states, step, closing, totals.pi)
      states = states.map((s, j) => takeOpened(s, kind, [h[j] ?? 0], parts[j] as OwnPart, totals))
    }
    const go = (point: 'first' | 'direction' | 'residual', step: number, sums: Record<string, number>) => {
      const decided = decide(point, totals, sums, settings, rows, step)
      totals = decided.totals
      states = states.map((s, j) => move(s, point, decided.decision, parts[j] as OwnPart, optimiser, 2))
      return decided.decision
    }
    open(0)
    expect(sum('first', 'rho')).toBeCloseTo(836 / 21, 12)
    go('first', 0, { rho: sum('first', 'rho'), f: sum('first', 'f') })
    expect(totals.f).toBe(14)

    open(1)
    expect(sum('direction', 'eta')).toBeCloseTo(1376 / 21, 12)
    expect(go('direction', 1, { eta: sum('direction', 'eta') }).alpha).toBeCloseTo(209 / 344, 12)
    expect(states[0]?.w[0]).toBeCloseTo(1045 / 1032, 12)
    expect(states[1]?.w[0]).toBeCloseTo(1881 / 2408, 12)
    expect(sum('residual', 'rho')).toBeCloseTo(60401 / 362404, 12)
    expect(go('residual', 1, { rho: sum('residual', 'rho') }).beta).toBeCloseTo(867 / 207088, 12)

    open(2)
    expect(go('direction', 2, { eta: sum('direction', 'eta') }).alpha).toBeCloseTo(602 / 209, 11)
    expect(states[0]?.w[0]).toBeCloseTo(2 / 3, 12)
    expect(states[1]?.w[0]).toBeCloseTo(1, 12)
    expect(totals.f).toBeCloseTo(5 / 3, 12)

    open(3, true)
    const closing = states.map((s, j) => ownClosing(s, parts[j] as OwnPart))
    expect(closing.reduce((all, { f }) => all + f, 0)).toBeCloseTo(5 / 3, 12)
    expect(closing.reduce((all, { loss }) => all + loss, 0)).toBeCloseTo(2 / 9, 12)
    expect(closing.reduce((all, { gPg }) => all + gPg, 0)).toBeLessThan(1e-24)
  })
})
