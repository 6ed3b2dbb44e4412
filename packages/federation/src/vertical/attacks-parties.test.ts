import { type Content, TributaryError, type VerticalSettingsInput } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { requireNoWrap } from './arithmetic/fixed-point.ts'
import { cutBatches, requireSameBatches } from './batches/batches.ts'
import { partyTransition } from './party/machine.ts'
import { begin, codes, newest, small } from './testing/attack-story.ts'
import { partyMachine } from './testing/machine-kinds.ts'
import { runMockJob } from './testing/mock-jobs.ts'
import { MockScheme } from './testing/mock-scheme.ts'
import { smallRun } from './testing/random-run.ts'
import { type Delivery, World, type WorldOptions } from './testing/world.ts'

describe('attack 1: the label party adds in plain', () => {
  const addPlain: WorldOptions['runJob'] = (job, context) => {
    if (job.kind !== 'combine' || job.inputs.length === 0) return runMockJob(job, context)
    const scheme = new MockScheme(job.he, context.prepared?.rows ?? 1, context.random)
    const input = context.read(job.inputs[0] ?? '')
    return { result: { kind: 'combine', parts: scheme.addPlain(input, job.values, context.read(job.publicKeys)) }, keep: [] }
  }

  it('ends with slr_not_fresh at the only feature party', () => {
    const world = begin(small, { runJob: addPlain }).settle()
    expect(world.ends.get('host-a')?.code).toBe('slr_not_fresh')
    expect(codes(world)).toEqual(expect.arrayContaining(['slr_aborted']))
    // Step 0 has no u to take out; step 1 is the first that could be read.
    expect(newest(world, 'host-a', 'abort').step).toBe(1)
  })

  it('goes through at a party that does not look', () => {
    const careless = partyMachine((state, event, around) => {
      const after = partyTransition(state, event, around)
      const effects = after.effects.map((effect) =>
        effect.type === 'job' && effect.job.kind === 'request' ? { ...effect, job: { ...effect.job, ownU: null } } : effect,
      )
      return { ...after, effects }
    })
    const world = begin(small, { runJob: addPlain, machines: { 'host-a': careless } }).settle()
    expect(world.outcomes.size).toBe(2)
  })
})

describe('attack 2: too few rows', () => {
  it('n = 15 with five columns ends with slr_too_few_rows for all', () => {
    const world = begin({ features: [5], labelFeatures: 1, rows: 15 }).settle()
    expect(codes(world)).toContain('slr_too_few_rows')
    expect(world.ends.size).toBe(3)
    expect(world.sent.some(({ content }) => content.kind === 'step-key')).toBe(false)
  })
})

describe('attack 10: tables that do not fit', () => {
  const play = (change: (tables: WorldOptions['tables']) => WorldOptions['tables'], tamper?: WorldOptions['tamper']) => {
    const run = smallRun(small)
    const world = new World({ ...run, tables: change(run.tables), seed: 2, ...(tamper === undefined ? {} : { tamper }) })
    return world.run()
  }
  const host = (tables: WorldOptions['tables']) => {
    const table = tables['host-a']
    if (table === undefined) throw new Error('no host')
    return table
  }

  it('duplicate ids are psi_duplicate_id; only their owner learns the lines', () => {
    const world = play((tables) => ({
      ...tables,
      'host-a': { ...host(tables), ids: host(tables).ids.map((id, i) => (i === 1 ? (host(tables).ids[0] ?? '') : id)) },
    }))
    expect(world.ends.get('host-a')?.code).toBe('psi_duplicate_id')
    expect(JSON.stringify(newest(world, 'host-a', 'abort').content.body)).not.toContain('lines":')
    expect(world.notices).toContainEqual(
      expect.objectContaining({ party: 'host-a', notice: expect.objectContaining({ kind: 'failure' }) }),
    )
  })

  it('NaN is data_not_finite; the others are not told where', () => {
    const world = play((tables) => ({
      ...tables,
      'host-a': {
        ...host(tables),
        columns: host(tables).columns.map((column) => column.map((x, i) => (i === 3 ? Number.NaN : x))),
      },
    }))
    expect(world.ends.get('host-a')).toMatchObject({ code: 'data_not_finite', details: {} })
    const told = world.notices.find(({ notice }) => notice.kind === 'failure')?.notice
    expect(told).toMatchObject({ kind: 'failure', error: { code: 'data_not_finite', details: { column: 'host-a-0' } } })
  })

  it('another rule for ids is psi_rule_mismatch', () => {
    const tamper = (mail: Delivery): Delivery =>
      mail.content.kind === 'psi-set' && mail.from === 'host-a'
        ? { ...mail, content: { ...mail.content, body: { ...mail.content.body, ruleSha256: 'ee'.repeat(32) } } as Content }
        : mail
    expect(codes(play((tables) => tables, tamper))).toContain('psi_rule_mismatch')
  })

  it.each([
    ['another count', { rows: 69 }],
    ['another list', { listSha256: 'ee'.repeat(32) }],
  ])('%s of rows is slr_alignment', (_, change) => {
    const tamper = (mail: Delivery): Delivery =>
      mail.content.kind === 'aligned' && mail.from === 'host-a'
        ? { ...mail, content: { ...mail.content, body: { ...mail.content.body, ...change } } as Content }
        : mail
    const world = play((tables) => tables, tamper)
    expect(codes(world)).toContain('slr_alignment')
    expect(world.sent.some(({ content }) => content.kind === 'step-key')).toBe(false)
  })

  it('weights that one party alone has are slr_secret_weights', () => {
    const run = smallRun({ ...small, weighted: true })
    const tables = Object.fromEntries(Object.entries(run.tables).map(([name, table]) => [name, { ...table, rowWeights: null }]))
    expect(codes(new World({ ...run, tables, seed: 2 }).run())).toContain('slr_secret_weights')
  })
})

describe('attack 11: columns and batches that read labels', () => {
  it('a column of a single row is slr_leverage', () => {
    const run = smallRun(small)
    const host = run.tables['host-a']
    if (host === undefined) throw new Error('no host')
    const [first, ...others] = host.columns
    // The first shared row alone; its place in the aligned order is nobody's choice.
    const oneHot = (first ?? new Float64Array()).map((_, i) => Number(i === 5))
    const tables = { ...run.tables, 'host-a': { ...host, columns: [oneHot, ...others] } }
    const world = new World({ ...run, tables, seed: 2 }).run()
    expect(world.ends.get('host-a')?.code).toBe('slr_leverage')
    expect(newest(world, 'host-a', 'abort').content.body).toMatchObject({ code: 'slr_leverage' })
    expect(JSON.stringify(newest(world, 'host-a', 'abort').content.body)).not.toContain('host-a-0')
  })

  const hashes = Array.from({ length: 20_000 }, (_, i) => ((i * 7919) % 20_011).toString(16).padStart(8, '0'))
  const shape = { features: [5, 5], ringDegree: 8192 }

  it('batches that were cut again are slr_batch_changed', () => {
    const first = cutBatches(hashes, 8192, shape)
    expect(first.rows.map(({ length }) => length)).toEqual([8192, 11_808])
    expect(new Set(first.rows.flat()).size).toBe(20_000)
    // The same rows in another order of alignment are cut the same.
    expect(() => requireSameBatches([first], cutBatches([...hashes].reverse(), 8192, shape))).not.toThrow()
    const recut = cutBatches(hashes, 9_000, shape)
    expect(() => requireSameBatches([first], recut)).toThrowError(expect.objectContaining({ code: 'slr_batch_changed' }))
    // Other rows are another table.
    expect(() => requireSameBatches([first], cutBatches(hashes.slice(1), 9_000, shape))).not.toThrow()
  })

  it('batches below the minimum are slr_too_few_rows', () => {
    expect(() => cutBatches(hashes, 8_191, shape)).toThrowError(expect.objectContaining({ code: 'slr_too_few_rows' }))
    expect(() => cutBatches(hashes, 8_192, { features: [900], ringDegree: 8192 })).toThrowError(
      expect.objectContaining({ code: 'slr_too_few_rows' }),
    )
  })
})

describe('attack 12: too many digits, too long steps', () => {
  it('F too large is slr_overflow_bound, with the largest that fits', () => {
    // 442 rows, two parties, t of 39 bits: 28 digits fit, 30 do not.
    const t = 2n ** 39n - 1n
    const bound = (digits: number) => 1.001 * 2 * 442 * 2 ** digits
    expect(() => requireNoWrap(bound(28), t, 28)).not.toThrow()
    expect(() => requireNoWrap(bound(30), t, 30)).toThrowError(
      expect.objectContaining({ code: 'slr_overflow_bound', details: expect.objectContaining({ largest: 28 }) }),
    )
  })

  it('is refused by each party that prepares a table for it, whoever chose t', () => {
    const run = smallRun({ ...small, settings: { fixedPoint: { fx: 20, fu: 22 } } })
    const he = { ...run.manifest.he, plainModulus: String(2n ** 49n - 111n), plainModulusBits: 49 }
    const world = new World({ ...run, manifest: { ...run.manifest, he }, seed: 2 }).run()
    expect(
      world.ends.get('host-a')?.code === 'slr_overflow_bound' || world.ends.get('guest')?.code === 'slr_overflow_bound',
    ).toBe(true)
    expect(world.sent.some(({ content }) => content.kind === 'step-key')).toBe(false)
    // 42 + log2(70) + 1 + 1.01 bits are 50.2.
    const roomy = { ...he, plainModulus: String(2n ** 51n - 111n), plainModulusBits: 51 }
    expect(new World({ ...run, manifest: { ...run.manifest, he: roomy }, seed: 2 }).run().outcomes.size).toBe(2)
  })

  it.each<[string, VerticalSettingsInput]>([
    ['nesterov with step 10/m', { optimiser: { name: 'nesterov', step: 5 } }],
    ['gd with a rate of 5', { optimiser: { name: 'gd', learningRate: 5 } }],
  ])('%s is slr_range or slr_diverged, never a wrap', (_, settings) => {
    const world = begin({ ...small, settings }).settle()
    expect(codes(world).some((code) => code === 'slr_range' || code === 'slr_diverged')).toBe(true)
    expect(world.outcomes.size).toBe(0)
  })

  it('a vector longer than its budget is not encrypted', () => {
    const world = begin({ ...small, settings: { optimiser: { name: 'gd', learningRate: 100 } } }).settle()
    expect(codes(world)).toContain('slr_range')
    const steps = world.sent.filter(({ content }) => content.kind === 'u').map(({ step }) => step)
    expect(Math.max(0, ...steps)).toBeLessThanOrEqual(1)
    const [name, error] = [...world.ends].find(([, { code }]) => code === 'slr_range') ?? []
    expect(error?.details).toEqual({ step: 1, reason: 'its owner alone is told more' })
    expect(failuresOf(world, name)).toEqual([expect.stringContaining('long, its budget is')])
  })

  it('a d of one large row does not have its entry called out', () => {
    const oneRow: WorldOptions['runJob'] = (job, context) =>
      job.kind === 'combine' && job.inputs.length > 0
        ? runMockJob({ ...job, inputs: [], values: job.values.map((_, row) => (row === 4 ? 1_500n << 14n : 0n)) }, context)
        : runMockJob(job, context)
    const world = begin(small, { runJob: oneRow }).settle()
    expect(world.ends.get('host-a')).toMatchObject({ code: 'slr_range', details: { step: 1 } })
    const entries = world.table('host-a').columns.map((column) => String(Math.abs(1_500 * (column[4] ?? 0))))
    const told = JSON.stringify(newest(world, 'host-a', 'abort').content.body) + world.ends.get('host-a')?.message
    expect(entries.filter((entry) => told.includes(entry))).toEqual([])
    // Its own operator is told.
    const [own = ''] = failuresOf(world, 'host-a')
    expect(entries.some((entry) => own.includes(entry))).toBe(true)
  })

  it.each([
    ['a party', 'host-a', 'prepare'],
    ['the key service', 'keys', 'keygen'],
  ])('what breaks in the machine of %s stays there', (_, name, kind) => {
    const broken: WorldOptions['runJob'] = (job, context) => {
      if (job.kind === kind && context.me === name) throw new TributaryError('unexpected', { reason: 'no /home/ada/disk' })
      return runMockJob(job, context)
    }
    const world = begin(small, { runJob: broken }).settle()
    expect(world.ends.get(name)?.code).toBe('unexpected')
    expect(JSON.stringify(world.sent.map(({ content }) => content.body))).not.toContain('/home/ada')
    expect(JSON.stringify(world.ends.get(name)?.toBody())).not.toContain('/home/ada')
    expect(failuresOf(world, name)).toEqual([expect.stringContaining('/home/ada')])
  })
})

const failuresOf = (world: World, of: string | undefined): string[] =>
  world.notices.flatMap(({ party, notice }) => (party === of && notice.kind === 'failure' ? [notice.error.message] : []))
