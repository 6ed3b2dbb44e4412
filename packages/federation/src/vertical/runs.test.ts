import type { VerticalSettingsInput } from '@tributary/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { solveCholesky } from './arithmetic/cholesky.ts'
import { dot } from './arithmetic/vectors.ts'
import { ownMask } from './optimisers/shares.ts'
import { relativeError } from './testing/ground-truth.ts'
import { type SmallRunOptions, smallRun } from './testing/random-run.ts'
import { World } from './testing/world.ts'

function play(options: SmallRunOptions, seed = 3) {
  const run = smallRun(options)
  const world = new World({ ...run, seed, duplicates: true }).run()
  const w = run.order.flatMap((name) => world.outcomes.get(name)?.weights ?? [])
  return { ...run, world, w }
}

/** P·p of one party from its factor: L(Lᵀp). */
function timesBlock(factor: Float64Array, p: readonly number[]): number[] {
  const size = p.length
  const upper = p.map((_, i) => p.reduce((sum, value, k) => sum + (k >= i ? (factor[k * size + i] ?? 0) * value : 0), 0))
  return p.map((_, i) => upper.reduce((sum, value, k) => sum + (k <= i ? (factor[i * size + k] ?? 0) * value : 0), 0))
}

describe('whole runs over mail that comes in any order and twice', () => {
  it.each<[string, SmallRunOptions]>([
    ['one feature party', { features: [3], labelFeatures: 2 }],
    ['two feature parties', { features: [2, 1], labelFeatures: 2 }],
    ['three feature parties', { features: [2, 1, 2], labelFeatures: 1 }],
    ['a label party without columns', { features: [2, 2], labelFeatures: 0 }],
    ['logistic regression', { features: [2], labelFeatures: 1, settings: { task: 'logistic' } }],
    ['logistic regression, a label party without columns', { features: [3], labelFeatures: 0, settings: { task: 'logistic' } }],
    ['row weights', { features: [2, 1], labelFeatures: 2, weighted: true }],
    ['logistic regression with row weights', { features: [2], labelFeatures: 2, weighted: true, settings: { task: 'logistic' } }],
    ['a strong penalty', { features: [2], labelFeatures: 2, settings: { lambda: 50 } }],
  ])('pcg finds the closed form: %s', (_, options) => {
    const { world, w, truth, order } = play({ rows: 90, ...options })
    expect([...world.ends.values()]).toEqual([])
    expect(relativeError(w, truth.w)).toBeLessThan(1e-3)
    for (const name of order) expect(world.outcomes.get(name)).toMatchObject({ converged: true })
    expect(world.refusals).toEqual([])
    expect(world.keyService().phase).toBe('done')
  })

  it.each<[string, VerticalSettingsInput, number]>([
    ['nesterov', { optimiser: { name: 'nesterov' } }, 1e-3],
    ['nesterov, logistic', { optimiser: { name: 'nesterov' }, task: 'logistic' }, 1e-3],
    // 40 steps of plain descent on well-spread columns.
    ['gd', { optimiser: { name: 'gd', learningRate: 0.3 } }, 1e-3],
    ['gd, logistic', { optimiser: { name: 'gd', learningRate: 0.3 }, task: 'logistic' }, 1e-3],
  ])('%s finds the closed form', (_, settings, error) => {
    const { world, w, truth } = play({ rows: 120, features: [2, 1], labelFeatures: 2, common: 0.3, settings })
    expect([...world.ends.values()]).toEqual([])
    expect(relativeError(w, truth.w)).toBeLessThan(error)
  })

  it('leaves constant columns out, also all of a party', () => {
    const run = smallRun({ features: [2, 1], labelFeatures: 2, rows: 90 })
    const flat = (name: string, column: number) => {
      const table = run.tables[name]
      if (table === undefined) throw new Error(`no ${name}`)
      const columns = table.columns.map((values, index) => (index === column ? values.map(() => 7) : values))
      return { ...table, columns }
    }
    const tables = { ...run.tables, 'host-a': flat('host-a', 1), 'host-b': flat('host-b', 0) }
    const world = new World({ ...run, tables, seed: 3, duplicates: true }).run()
    expect(world.outcomes.get('host-a')).toMatchObject({ names: ['host-a-0'], dropped: ['host-a-1'], converged: true })
    expect(world.outcomes.get('host-b')).toMatchObject({ names: [], weights: [], dropped: ['host-b-0'] })
    expect(world.notices).toContainEqual({ party: 'host-b', notice: { kind: 'column_constant', columns: ['host-b-0'] } })
    expect(world.audit.filter(({ record }) => record.kind === 'opening' && record.party === 'host-b')).toEqual([])
    // The run without those columns.
    const less = {
      ...run.tables,
      'host-a': { ...flat('host-a', 1), names: ['host-a-0'], columns: flat('host-a', 1).columns.slice(0, 1) },
    }
    const alone = new World({ ...run, tables: { ...less, 'host-b': flat('host-b', 0) }, seed: 3 }).run()
    expect(world.outcomes.get('guest')?.weights).toEqual(alone.outcomes.get('guest')?.weights)
  })

  it('gd takes the steps of plain gradient descent', () => {
    const settings = { optimiser: { name: 'gd', learningRate: 0.2 }, maxSteps: 6, fixedPoint: { fx: 20, fu: 22 } } as const
    const { world, w, order } = play({ rows: 70, features: [2], labelFeatures: 1, settings })
    const columns = order.flatMap((name) => world.table(name).columns.map((column) => [...column]))
    const y = [...(world.table('guest').label ?? [])]
    let plain = columns.map(() => 0)
    for (let step = 0; step < 5; step += 1) {
      const d = y.map((value, i) => columns.reduce((sum, x, j) => sum + (x[i] ?? 0) * (plain[j] ?? 0), -value))
      plain = plain.map((value, j) => value - (0.2 / 70) * (2 * dot(columns[j] ?? [], d) + value))
    }
    // Five steps were opened, the sixth opening is the closing step's.
    expect(world.outcomes.get('guest')).toMatchObject({ steps: 5, converged: false })
    expect(relativeError(w, plain)).toBeLessThan(1e-6)
  })

  it('runs the same whatever order mail comes in', () => {
    const options = { features: [2, 1], labelFeatures: 2 }
    const first = play(options, 1)
    for (const seed of [2, 3, 4]) expect(play(options, seed).w).toEqual(first.w)
  })
})

describe('what holds in every run', () => {
  const options = fc.record({
    seed: fc.integer({ min: 1, max: 10_000 }),
    features: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
    labelFeatures: fc.integer({ min: 0, max: 3 }),
    common: fc.constantFrom(0, 0.5, 3),
    weighted: fc.boolean(),
    settings: fc.record({
      task: fc.constantFrom('linear' as const, 'logistic' as const),
      lambda: fc.constantFrom(0.1, 1, 30),
      optimiser: fc.constantFrom({ name: 'pcg' as const }, { name: 'nesterov' as const }),
    }),
  })

  it('π is pᵀPp, f never rises in pcg, shares are equal to what they say, and masks meet one value', () => {
    fc.assert(
      fc.property(options, (drawn) => {
        const run = smallRun({ rows: 70, ...drawn })
        const world = new World({ ...run, seed: drawn.seed, duplicates: true })
        for (const { name } of run.manifest.parties) world.send(name, { type: 'begin' })
        while (world.step()) {
          // Parsing all states at every step would take most of the time.
          if (!run.order.every((name) => world.rawState(name).includes('"phase":"awaitingKey"'))) continue
          const states = run.order.map((name) => ({ name, state: world.party(name) }))
          const steps = new Set(states.map(({ state }) => ('step' in state && state.phase === 'awaitingKey' ? state.step : -1)))
          const [step] = steps
          if (steps.size !== 1 || step === undefined || step < 1 || drawn.settings.optimiser.name !== 'pcg') continue
          let pPp = 0
          let pi = 0
          for (const { name, state } of states) {
            if (state.phase !== 'awaitingKey' || state.optimiser.name !== 'pcg') continue
            const { p } = state.optimiser
            pPp += dot(p, timesBlock(world.table(name).factor, p))
            pi = state.totals.pi
          }
          // Exact arithmetic says equal; the numbers of an opening are rounded, so orthogonality is lost at the end.
          if (pi > 1e-6 * run.truth.f) expect(Math.abs(pPp - pi) / pi).toBeLessThan(1e-2)
        }
        const losses = world.published.flatMap((event) => (event.type === 'step.closed' && event.f !== null ? [event.f] : []))
        const falling = losses.slice(0, -1)
        if (drawn.settings.optimiser.name === 'pcg') {
          falling.forEach((f, index) => {
            if (index > 0) expect(f).toBeLessThanOrEqual(falling[index - 1] ?? 0)
          })
        }
        // Each (party, step, name) is shared once.
        const shares = world.sent.filter(({ content }) => content.kind === 'share')
        const places = shares.flatMap(({ from, step, content }) =>
          'values' in content.body ? Object.keys(content.body.values).map((name) => `${from} ${step} ${name}`) : [],
        )
        expect(new Set(places).size).toBe(places.length)
        const outcome = world.outcomes.get('guest')
        expect([...world.ends.values()]).toEqual([])
        if (outcome === undefined) throw new Error('the label party has no outcome')
        if (outcome.converged) expect(Math.abs(outcome.f - run.truth.f) / run.truth.f).toBeLessThan(1e-2)
      }),
      { numRuns: 12, seed: 1 },
    )
  }, 60_000)

  it('zero-sum masks cancel for any group', () => {
    const { manifest, tables } = smallRun({ features: [1, 1, 1], rows: 60 })
    const world = new World({ manifest, tables })
    const names = manifest.parties.filter(({ role }) => role !== 'key-service').map(({ name }) => name)
    fc.assert(
      fc.property(
        fc.subarray(names, { minLength: 1 }),
        fc.nat(40),
        fc.constantFrom('rho' as const, 'eta' as const),
        (group, step, kind) => {
          const masks = group.map((name) => ownMask(world.surroundings(name), group, step, kind))
          expect(masks.reduce((sum, mask) => sum + mask, 0n) % (1n << 64n)).toBe(0n)
          if (group.length > 1) expect(masks[0]).not.toBe(0n)
        },
      ),
      { seed: 2 },
    )
  })

  it('L = yᵀy + Σ w_j·(h_j + h⁰_j) at any w', () => {
    const column = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 6, maxLength: 6 })
    fc.assert(
      fc.property(fc.array(column, { minLength: 1, maxLength: 4 }), column, column, (X, y, w) => {
        const d = y.map((value, i) => X.reduce((sum, x, j) => sum + (x[i] ?? 0) * (w[j] ?? 0), -value))
        const L = X.reduce((sum, x, j) => sum + (w[j] ?? 0) * (dot(x, d) - dot(x, y)), dot(y, y))
        expect(L).toBeCloseTo(dot(d, d), 6)
      }),
      { seed: 3 },
    )
  })

  it('the key service keeps no value of a party, nor does its log', () => {
    const { manifest, tables, order } = smallRun({ features: [2], labelFeatures: 2 })
    const world = new World({ manifest, tables })
    const texts: string[] = []
    for (const { name } of manifest.parties) world.send(name, { type: 'begin' })
    while (world.step()) texts.push(world.rawState('keys'))
    const text = [...texts, JSON.stringify(world.audit), JSON.stringify(world.published)].join('\n')
    const values = order.flatMap((name) => {
      const { weights, means } = world.outcomes.get(name) ?? { weights: [], means: [] }
      return [...weights, ...means]
    })
    expect(values).toHaveLength(8)
    for (const value of values) expect(text).not.toContain(String(value).slice(0, 9))
    // Own shares are masked: the sum over parties is a total, one alone is not.
    expect(world.blobs('keys')).toEqual([])
    for (const name of order) expect(world.blobs(name).filter((blob) => blob.startsWith('own-'))).toEqual([])
  })
})

describe('the preconditioner', () => {
  it('solves P·z = r', () => {
    const { manifest, tables } = smallRun({ features: [3], rows: 60 })
    const world = new World({ manifest, tables }).run()
    const { factor } = world.table('host-a')
    const z = solveCholesky(factor, [1, -2, 3])
    expect(timesBlock(factor, z).map((value) => Number(value.toFixed(9)))).toEqual([1, -2, 3])
  })
})
