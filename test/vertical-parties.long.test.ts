import type { ColumnsInMemory } from '@tributary/party'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Joined, joined, relativeError, ridge } from './harness/closed-form.ts'
import { gradientDescent, nesterov } from './harness/descent-in-doubles.ts'
import { readBy } from './harness/leak-scan.ts'
import { NodeFederation } from './harness/node-federation.ts'
import { joinTables, type PlainTable, plainExample } from './harness/split-table.ts'
import { WireTap } from './harness/wire-tap.ts'

const [host, guest] = plainExample('breast') as [PlainTable, PlainTable]
const diabetes = plainExample('diabetes')
const [clinic, lab] = diabetes as [PlainTable, PlainTable]

/** The host's columns at three institutions: means, some of the errors, the rest. */
const thirds: readonly PlainTable[] = [
  [0, 10],
  [10, 14],
  [14, 20],
].map(([from, to]) => ({ ...host, names: host.names.slice(from, to) }))

const inMemory = ({ ids, names, columns, labelColumn }: PlainTable): ColumnsInMemory => ({
  ids,
  columns: Object.fromEntries(
    [...names, ...(labelColumn === null ? [] : [labelColumn])].map((name) => [name, columns[name] ?? []]),
  ),
})

/** ω of a row, by its id; both parties have it. */
const weightOf = new Map(clinic.ids.map((id, row) => [id, 0.25 + ((row * 37) % 101) / 40]))
const weighted = (table: PlainTable): ColumnsInMemory => {
  const { ids, columns } = inMemory(table)
  return { ids, columns: { ...columns, weight: ids.map((id) => weightOf.get(id) as number) } }
}

const breastParties = ['host-1', 'host-2', 'host-3', 'guest', 'keys']
const diabetesParties = ['clinic', 'lab', 'keys']
const tap = new WireTap()
let federation: NodeFederation

beforeAll(async () => {
  federation = await NodeFederation.open({
    ...Object.fromEntries(
      thirds.map((table, index) => [
        `host-${index + 1}`,
        { role: 'feature' as const, table: inMemory(table), fetch: tap.fetchOf(`host-${index + 1}`) },
      ]),
    ),
    guest: {
      role: 'label',
      table: inMemory(guest),
      labelColumn: guest.labelColumn as string,
      fetch: tap.fetchOf('guest'),
    },
    clinic: { role: 'feature', table: weighted(clinic), weightColumn: 'weight' },
    lab: { role: 'label', table: weighted(lab), labelColumn: lab.labelColumn as string, weightColumn: 'weight' },
    keys: { role: 'key-service' },
  })
})
afterAll(() => federation?.close())

async function train(parties: readonly string[], settings: Parameters<NodeFederation['play']>[1]) {
  const { run, ends } = await federation.play(parties, settings)
  const outcomes = Object.values(ends).map((end) => {
    if (end.outcome === null) throw new Error(end.code)
    return end.outcome
  })
  return { run, outcomes, weights: outcomes.flatMap(({ weights }) => weights) }
}

/** Ids in the aligned order, as the receiver knows them. */
function idsOf(run: string, party: string, ids: readonly string[]): string[] {
  const [bytes] = federation.node(party).store.run(run).blob('alignment')
  const order = new Uint32Array((bytes as Uint8Array).slice().buffer)
  return Array.from(order, (row) => ids[row] as string)
}

/** Σ w·x of a row of the joined table. */
const score = ({ columns }: Joined, weights: readonly number[], row: number): number =>
  columns.reduce((sum, column, j) => sum + (column[row] as number) * (weights[j] as number), 0)

describe('three feature parties and a label party', () => {
  const tables = [...thirds, guest]
  const { columns, label, ids } = joinTables(tables)
  const linear = joined(columns, label, 'linear')
  const sampled = [0, 3, 17, 42, 99, 568]

  it('train the weights of the joined table, and its label party predicts rows that nobody has whole', async () => {
    // A rounded u slows four parties down: with the default digits they need 39 steps here, all that they have (29 in doubles).
    const { run, weights, outcomes } = await train(breastParties, { fixedPoint: { fx: 16, fu: 18 }, tolerance: 1e-10 })
    const truth = ridge(linear, 1)
    const error = relativeError(weights, truth)
    console.info(`three feature parties: relative weight error ${error.toExponential(1)}, ${outcomes[3]?.steps} steps`)
    expect(error).toBeLessThan(1e-3)
    for (const { converged, f, steps } of outcomes) {
      expect(converged).toBe(true)
      expect(f).toBe(outcomes[0]?.f)
      expect(steps).toBe(outcomes[0]?.steps)
    }
    // f of the published vector.
    expect(outcomes[3]?.f).toBeCloseTo(130.189034, 2)

    tap.calls.length = 0
    const values = await federation.node('guest').predict(run, sampled)
    const order = idsOf(run, 'guest', guest.ids)
    const mean = label.reduce((sum, value) => sum + value, 0) / label.length
    const deviation = Math.sqrt(label.reduce((sum, value) => sum + (value - mean) ** 2, 0) / label.length)
    sampled.forEach((row, index) => {
      const place = ids.indexOf(order[row] as string)
      const off = (model: readonly number[]) =>
        Math.abs((values[index] as number) - mean - deviation * score(linear, model, place))
      expect(off(weights)).toBeLessThan(1e-4)
      expect(off(truth)).toBeLessThan(1e-3)
    })

    // Shares go to the receiver alone, under masks that only cancel in their sum.
    const who = { identities: federation.identities, keys: (name: string) => federation.keysOf(name) }
    const shares = (await readBy('guest', tap.relayed(), who)).filter(({ content }) => content.kind === 'predict-share')
    expect(shares.map(({ envelope }) => envelope.header.from).sort()).toEqual(['host-1', 'host-2', 'host-3'])
    for (const name of ['host-1', 'host-2', 'host-3', 'keys'])
      expect((await readBy(name, tap.relayed(), who)).map(({ content }) => content.kind)).toEqual(
        name === 'keys' ? [] : ['predict'],
      )
    let from = 0
    for (const [index, { names }] of thirds.entries()) {
      const share = shares.find(({ envelope }) => envelope.header.from === `host-${index + 1}`)
      const part = share?.content.parts[0] as Uint8Array
      const view = new DataView(part.buffer, part.byteOffset)
      sampled.forEach((row, k) => {
        const place = ids.indexOf(order[row] as string)
        const own = { ...linear, columns: linear.columns.slice(from, from + names.length) }
        const plain = score(own, weights.slice(from, from + names.length), place) * 2 ** 24
        expect(Math.abs(Number(view.getBigInt64(8 * k, true)) - plain)).toBeGreaterThan(2 ** 40)
      })
      from += names.length
    }
  })

  it('of which two train logistic regression; the receiver that was named gets probabilities, all others nothing', async () => {
    const settings = { task: 'logistic', predictionReceiver: 'host-2' } as const
    const two = joinTables([thirds[1] as PlainTable, guest])
    const { run, weights } = await train(['host-2', 'guest', 'keys'], settings)
    const taylor = joined(
      two.columns,
      two.label.map((value) => (value > 0 ? 1 : -1)),
      'logistic',
    )
    const truth = ridge(taylor, 8)
    expect(relativeError(weights, truth)).toBeLessThan(1e-3)

    const values = await federation.node('host-2').predict(run, sampled)
    const order = idsOf(run, 'host-2', host.ids)
    const mean = label.reduce((sum, value) => sum + (value > 0 ? 2 : -2), 0) / label.length
    sampled.forEach((row, index) => {
      const z = mean + score(taylor, truth, two.ids.indexOf(order[row] as string))
      expect(Math.abs((values[index] as number) - 1 / (1 + Math.exp(-z)))).toBeLessThan(1e-3)
      expect(values[index]).toBeGreaterThan(0)
      expect(values[index]).toBeLessThan(1)
    })
    const told = federation.told.flatMap(({ party, event }) =>
      event.type === 'notice' && event.run === run && event.notice.kind === 'prediction' ? [party] : [],
    )
    expect(told).toEqual(['host-2'])
    await expect(federation.node('guest').predict(run, [1])).rejects.toMatchObject({ code: 'predict_not_receiver' })
    await expect(federation.node('keys').predict(run, [1])).rejects.toMatchObject({ code: 'predict_not_receiver' })
    await expect(federation.node('host-2').predict(run, [569])).rejects.toMatchObject({ code: 'predict_unknown_row' })
  })
})

describe('two parties', () => {
  const { columns, label, ids } = joinTables(diabetes)
  const plain = joined(columns, label, 'linear')

  it('train on weighted rows', async () => {
    const { run, weights } = await train(diabetesParties, { rowWeights: true })
    const omega = ids.map((id) => weightOf.get(id) as number)
    const scale = omega.length / omega.reduce((sum, value) => sum + value, 0)
    const standardised = (values: readonly number[]) => {
      const average = (of: (value: number) => number) =>
        values.reduce((sum, value, i) => sum + scale * (omega[i] as number) * of(value), 0) / values.length
      const mean = average((value) => value)
      const deviation = Math.sqrt(average((value) => (value - mean) ** 2))
      return values.map((value, i) => ((value - mean) / deviation) * Math.sqrt(scale * (omega[i] as number)))
    }
    const truth = ridge({ columns: columns.map(standardised), label: standardised(label) }, 1)
    expect(relativeError(weights, truth)).toBeLessThan(1e-3)
    // The weights count: without them it is another model.
    expect(relativeError(ridge(plain, 1), truth)).toBeGreaterThan(1e-2)

    // A prediction is of the row, not of its weight.
    const [value] = await federation.node('lab').predict(run, [11])
    const place = ids.indexOf(idsOf(run, 'lab', lab.ids)[11] as string)
    const { outcome } = (await federation.ends(run, ['lab'])).lab ?? {}
    const raw = (await Promise.all(['clinic', 'lab'].map((name) => federation.node(name).outcome(run)))).flatMap((own) =>
      own.weights.map((weight, j) => ({ weight, mean: own.means[j] as number, deviation: own.deviations[j] as number })),
    )
    const sum = raw.reduce(
      (total, { weight, mean, deviation }, j) => total + (weight * ((columns[j]?.[place] as number) - mean)) / deviation,
      0,
    )
    const { intercept, labelDeviation } = outcome as { intercept: number; labelDeviation: number }
    expect(Math.abs((value as number) - intercept - labelDeviation * sum)).toBeLessThan(1e-3 * labelDeviation)
  })

  it("take the chapter's own steps: weights of gradient descent in doubles after as many", async () => {
    const moves = 7
    const settings = { optimiser: { name: 'gd', learningRate: 0.2 }, maxSteps: moves + 1, tolerance: 1e-300 } as const
    const { weights, outcomes } = await train(diabetesParties, { ...settings, fixedPoint: { fx: 20, fu: 22 } })
    const truth = gradientDescent({ table: plain, lambda: 1, moves }, 0.2)
    const error = relativeError(weights, truth)
    console.info(`gd: ${moves} steps, relative error ${error.toExponential(1)}`)
    expect(error).toBeLessThan(1e-5)
    expect(outcomes.map(({ converged, steps }) => [converged, steps])).toEqual([
      [false, moves],
      [false, moves],
    ])
  })

  it("take Nesterov's steps, as in doubles", async () => {
    const moves = 9
    const settings = { optimiser: { name: 'nesterov' }, maxSteps: moves + 1, tolerance: 1e-300 } as const
    const { weights } = await train(diabetesParties, { ...settings, fixedPoint: { fx: 20, fu: 22 } })
    const truth = nesterov({ table: plain, lambda: 1, moves }, [5, 5])
    const error = relativeError(weights, truth)
    console.info(`nesterov: ${moves} steps, relative error ${error.toExponential(1)}`)
    expect(error).toBeLessThan(1e-5)
  })
})
