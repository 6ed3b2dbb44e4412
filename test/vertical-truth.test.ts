import { afterEach, describe, expect, it } from 'vitest'
import { areaUnderRoc, joined, relativeError, ridge, scoresOf } from './harness/closed-form.ts'
import { joinTables, plainExample } from './harness/split-table.ts'
import type { VerticalWorld } from './harness/vertical-federation.ts'
import { openWithTables, train } from './harness/vertical-training.ts'

let world: VerticalWorld | null = null
afterEach(async () => {
  await world?.close()
  world = null
})

describe('weights over real sockets equal the closed form on the joined table', () => {
  it('diabetes: to 1e-3 with the default digits, to 1e-5 with 20 + 22, in at most 10 steps, and the published vector', async () => {
    const tables = plainExample('diabetes')
    const truth = ridge(joined(joinTables(tables).columns, joinTables(tables).label, 'linear'), 1)
    // The specification's vector, computed by others: age sex bmi bp s1 | s2 … s6.
    const published = [-0.005865, -0.147625, 0.321457, 0.199978, -0.434272, 0.250801, 0.038132, 0.102792, 0.443135, 0.042116]
    expect(relativeError(truth, published)).toBeLessThan(2e-6)

    world = await openWithTables(tables)
    // 10 steps and the closing one.
    const coarse = await train(world, tables, { maxSteps: 11 })
    expect(relativeError(coarse.weights, truth)).toBeLessThan(1e-3)
    expect(coarse.label.converged).toBe(true)
    // f and L as published; f is that of the closing step.
    expect(coarse.label.f).toBeCloseTo(213.491478, 2)
    expect(coarse.label.loss).toBeCloseTo(213.178073, 2)
    expect(coarse.label.steps).toBeLessThanOrEqual(11)

    const fine = await train(world, tables, { fixedPoint: { fx: 20, fu: 22 } })
    expect(relativeError(fine.weights, truth)).toBeLessThan(1e-5)
  })

  it('breast: to 1e-3 in at most 20 steps, better than either party alone', async () => {
    const tables = plainExample('breast')
    const { columns, label } = joinTables(tables)
    const positive = label.map((value) => value > 0)
    const linear = joined(columns, label, 'linear')
    world = await openWithTables(tables)
    const first = await train(world, tables, { maxSteps: 21 })
    expect(relativeError(first.weights, ridge(linear, 1))).toBeLessThan(1e-3)
    expect(first.label.steps).toBeLessThanOrEqual(21)
    const hosts = tables[0]?.names.length ?? 0
    const alone = [linear.columns.slice(0, hosts), linear.columns.slice(hosts)].map((own) =>
      areaUnderRoc(scoresOf(own, ridge({ columns: own, label: linear.label }, 1)), positive),
    )
    const joint = areaUnderRoc(scoresOf(linear.columns, first.weights), positive)
    for (const auc of alone) expect(joint).toBeGreaterThan(auc)
    console.info(`breast: AUC joint ${joint.toFixed(5)}, alone ${alone.map((auc) => auc.toFixed(5)).join(' and ')}`)
  })
})
