import { afterEach, describe, expect, it } from 'vitest'
import { areaUnderRoc, irlsScores, joined, relativeError, ridge, scoresOf } from './harness/closed-form.ts'
import { joinTables, plainExample } from './harness/split-table.ts'
import type { VerticalWorld } from './harness/vertical-federation.ts'
import { openWithTables, train } from './harness/vertical-training.ts'

let world: VerticalWorld | null = null
afterEach(async () => {
  await world?.close()
  world = null
})

describe('weights over real sockets equal the closed form on the joined table', () => {
  it('breast: to 1e-5 with 20 + 22 digits, and as logistic regression by Taylor', async () => {
    const tables = plainExample('breast')
    const { columns, label } = joinTables(tables)
    const positive = label.map((value) => value > 0)
    world = await openWithTables(tables)
    const fine = await train(world, tables, { fixedPoint: { fx: 20, fu: 22 } })
    expect(relativeError(fine.weights, ridge(joined(columns, label, 'linear'), 1))).toBeLessThan(1e-5)

    const taylor = joined(
      columns,
      label.map((value) => (value > 0 ? 1 : -1)),
      'logistic',
    )
    const logistic = await train(world, tables, { task: 'logistic' })
    expect(relativeError(logistic.weights, ridge(taylor, 8))).toBeLessThan(1e-3)
    expect(logistic.label.intercept).toBeCloseTo(0.50966608, 6)
    const exact = areaUnderRoc(irlsScores(taylor, positive, 1), positive)
    const approximate = areaUnderRoc(scoresOf(taylor.columns, logistic.weights), positive)
    console.info(`breast: AUC Taylor ${approximate.toFixed(5)}, IRLS ${exact.toFixed(5)}`)
    expect(approximate).toBeCloseTo(0.99658, 4)
    expect(exact).toBeCloseTo(0.99745, 4)
  })

  it('default-credit, 30,000 rows: to 1e-3, better than either party alone', async () => {
    const tables = plainExample('credit')
    const { columns, label } = joinTables(tables)
    const positive = label.map((value) => value > 0)
    const linear = joined(columns, label, 'linear')
    world = await openWithTables(tables)
    const { weights, label: outcome } = await train(world, tables, { maxSteps: 11 })
    expect(relativeError(weights, ridge(linear, 1))).toBeLessThan(1e-3)
    expect(outcome.steps).toBeLessThanOrEqual(11)
    const hosts = tables[0]?.names.length ?? 0
    const joint = areaUnderRoc(scoresOf(linear.columns, weights), positive)
    const alone = [linear.columns.slice(0, hosts), linear.columns.slice(hosts)].map((own) =>
      areaUnderRoc(scoresOf(own, ridge({ columns: own, label: linear.label }, 1)), positive),
    )
    console.info(`credit: AUC joint ${joint.toFixed(5)}, alone ${alone.map((auc) => auc.toFixed(5)).join(' and ')}`)
    expect([joint, ...alone].map((auc) => Number(auc.toFixed(5)))).toEqual([0.71848, 0.71555, 0.63262])
  })
})
