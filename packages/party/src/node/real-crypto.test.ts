import { fileURLToPath } from 'node:url'
import { readEnvelope } from '@tributary/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { verifyRunAudit } from '../audit/verify-run-audit.ts'
import { readPartyTable } from '../table/read-party-table.ts'
import { PartyWorld } from '../testing/party-world.ts'

const fixture = (name: string) => fileURLToPath(new URL(`../../../data/src/fixtures/vertical/${name}`, import.meta.url))

/** Closed form on the joined, unrounded table (λ = 1, population deviations), as the specification gives it. */
const TRUTH = {
  'clinic-a': [-0.005865, -0.147625, 0.321457, 0.199978, -0.434272],
  'lab-b': [0.250801, 0.038132, 0.102792, 0.443135, 0.042116],
}
const LABEL = { mean: 152.13348416, deviation: 77.00574587 }
const [F, L] = [213.49147746, 213.17807275]

let world: PartyWorld
let run: string
beforeAll(async () => {
  world = await PartyWorld.open({
    parties: {
      'clinic-a': { role: 'feature', table: await readPartyTable({ table: fixture('diabetes_host.csv'), idColumn: 'id' }) },
      'lab-b': {
        role: 'label',
        table: await readPartyTable({ table: fixture('diabetes_guest.csv'), idColumn: 'id', labelColumn: 'progression' }),
      },
      'keys-c': { role: 'key-service', table: null },
    },
  })
  run = world.createRun().id
  await Promise.all([world.node('clinic-a').outcome(run), world.node('lab-b').outcome(run)])
}, 180_000)
afterAll(() => world.close())

describe('a run with real encryption on diabetes, columns 5 | 5', () => {
  it.each(['clinic-a', 'lab-b'] as const)('gives %s its weights of the closed form', async (name) => {
    const { weights, converged, f, loss, steps } = await world.node(name).outcome(run)
    const largest = Math.max(...Object.values(TRUTH).flat().map(Math.abs))
    const error = Math.max(...weights.map((weight, index) => Math.abs(weight - (TRUTH[name][index] ?? 0)))) / largest
    expect(converged).toBe(true)
    expect(error).toBeLessThan(1e-3)
    expect(f).toBeCloseTo(F, 2)
    expect(loss).toBeCloseTo(L, 2)
    expect(steps).toBeLessThanOrEqual(15)
  })

  it('predicts as the closed form does, for the receiver alone', async () => {
    const { intercept, labelDeviation } = await world.node('lab-b').outcome(run)
    expect(intercept).toBeCloseTo(LABEL.mean, 6)
    expect(labelDeviation).toBeCloseTo(LABEL.deviation, 6)
    const rows = Array.from({ length: 442 }, (_, row) => row)
    const values = await world.node('lab-b').predict(run, rows)
    // Residuals of the fit sum to zero, and their squares to L.
    expect(values.reduce((sum, value) => sum + value, 0) / 442).toBeCloseTo(LABEL.mean, 3)
    await expect(world.node('clinic-a').predict(run, [0])).rejects.toMatchObject({ code: 'predict_not_receiver' })
    await expect(world.node('lab-b').predict(run, [442])).rejects.toMatchObject({ code: 'predict_unknown_row' })
  })

  it('leaves no id and no plain value in what the hub carried', () => {
    const carried = world.hub.traffic.map(({ envelope }) => Buffer.from(envelope))
    expect(carried.length).toBeGreaterThan(100)
    // Shorter ones would be found by chance: these are 18 MB that look random.
    for (const secret of ['"p378"', '"p196"', 'progression', '"values"', '"rows"'])
      expect(carried.some((bytes) => bytes.includes(secret))).toBe(false)
    const headers = carried.map((bytes) => Buffer.from(readEnvelope(bytes).headerBytes))
    for (const id of ['p378', 'p196']) expect(headers.some((bytes) => bytes.includes(id))).toBe(false)
    // Headers are there to be read: the search itself works.
    expect(carried.every((bytes) => bytes.includes('"kind"'))).toBe(true)
  })

  it("verifies by each party's own receipts and heads, and not when a line was altered or left out", () => {
    const store = world.store('keys-c')
    if (store === null) throw new Error('no key service')
    const log = store.auditLog(run)
    for (const name of ['clinic-a', 'lab-b']) {
      const own = world.store(name)
      if (own === null) throw new Error(name)
      const audit = verifyRunAudit({ name, store: own }, log)
      expect(audit).toMatchObject({ run, entries: log.length, head: { seq: log.length } })
      expect(audit.receipts).toBeGreaterThan(8)
      expect(audit.heads).toBeGreaterThan(8)
      const told = own.run(run).seen('told', z.object({ seq: z.int() }))
      const lines = log.filter(({ record }) => record.kind !== 'opening' && record.responseSha256 !== null)
      expect(told.map(({ seq }) => seq)).toEqual(lines.map(({ record }) => record.seq))
      expect(() => verifyRunAudit({ name, store: own }, log.slice(0, -3))).toThrow(/audit log does not hold/)
      const altered = log.map((entry, index) =>
        index === 3 ? { ...entry, record: { ...entry.record, numbersReturned: entry.record.numbersReturned + 1 } } : entry,
      )
      expect(() => verifyRunAudit({ name, store: own }, altered)).toThrow(/audit log does not hold/)
    }
  })

  it('keeps no key, ciphertext or id list once it is over', () => {
    for (const name of ['clinic-a', 'lab-b', 'keys-c']) {
      const store = world.store(name)?.run(run)
      for (const blob of ['secret-key', 'own-u', 'own-d', 'psi-order', 'psi-full', 'psi-common'])
        expect([name, blob, store?.hasBlob(blob)]).toEqual([name, blob, false])
    }
  })
})
