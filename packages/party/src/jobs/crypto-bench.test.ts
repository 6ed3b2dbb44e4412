import { liveHandles } from '@tributary/crypto/bfv'
import { describe, expect, it } from 'vitest'
import { charter } from '../testing/small-charter.ts'
import { CryptoBench } from './crypto-bench.ts'

const { he } = charter.manifest
const ROWS = 300
const FX = 10
const scheme = { he, rows: ROWS }
const t = BigInt(he.plainModulus)
const column = (factor: number) =>
  Float64Array.from({ length: ROWS }, (_, row) => Math.round(Math.sin(row * factor) * 2 ** FX) / 2 ** FX)
const columns = [column(1), column(2), column(3)]
const values = (seed: number) => BigInt64Array.from({ length: ROWS }, (_, row) => BigInt(((row * seed) % 201) - 100))

/** One step by one feature party, the label party and the key service: the unmasked numbers. */
async function step(bench: CryptoBench, table: string): Promise<bigint[]> {
  const keys = await bench.run({ kind: 'keygen', scheme })
  const u = await bench.run({ kind: 'combine', scheme, inputs: [], values: values(7), publicKeys: keys.parts })
  const d = await bench.run({ kind: 'combine', scheme, inputs: [u.parts], values: values(11), publicKeys: keys.parts })
  const asked = { kind: 'request', scheme, table, columns, fx: FX, d: d.parts, ownU: u.parts, publicKeys: keys.parts } as const
  const request = await bench.run(asked)
  const secretKeys = keys.blobs?.['secret-key'] ?? []
  const opened = await bench.run({ kind: 'open', scheme, request: request.parts, secretKeys, numbers: columns.length })
  return (opened.numbers ?? []).map((number, index) => {
    const residue = (BigInt(number) - BigInt(request.numbers?.[index] ?? '0') + t) % t
    return residue > t / 2n ? residue - t : residue
  })
}

describe('the bench of a worker', () => {
  it('opens what a step sums, holds no more objects after each step, and none of a run that it forgot', async () => {
    const bench = new CryptoBench()
    const truth = columns.map((one) =>
      one.reduce((sum, x, row) => sum + BigInt(Math.round(x * 2 ** FX)) * ((values(7)[row] ?? 0n) + (values(11)[row] ?? 0n)), 0n),
    )
    const before = liveHandles()
    expect(await step(bench, 'run a')).toEqual(truth)
    const held = liveHandles()
    expect(held).toBeGreaterThan(before)
    for (let again = 0; again < 3; again += 1) {
      expect(await step(bench, 'run a')).toEqual(truth)
      expect(liveHandles()).toBe(held)
    }
    await bench.run({ kind: 'forget', table: 'run a' })
    expect(liveHandles()).toBe(before)
  })

  it('overwrites the secret keys that it was given, also when the request is refused', async () => {
    const bench = new CryptoBench()
    const keys = await bench.run({ kind: 'keygen', scheme })
    const secretKeys = keys.blobs?.['secret-key'] ?? []
    const broken = bench.run({ kind: 'open', scheme, request: [new Uint8Array(7)], secretKeys, numbers: 1 })
    await expect(broken).rejects.toMatchObject({ code: 'he_size' })
    expect(secretKeys.length).toBeGreaterThan(0)
    for (const key of secretKeys) expect(key.every((byte) => byte === 0)).toBe(true)
    await bench.run({ kind: 'forget', table: 'none' })
  })

  it('refuses a d that is the u that was sent, with something added in plain', async () => {
    const bench = new CryptoBench()
    const keys = await bench.run({ kind: 'keygen', scheme })
    const u = await bench.run({ kind: 'combine', scheme, inputs: [], values: values(7), publicKeys: keys.parts })
    const asked = {
      kind: 'request',
      scheme,
      table: 'x',
      columns,
      fx: FX,
      d: u.parts,
      ownU: u.parts,
      publicKeys: keys.parts,
    } as const
    await expect(bench.run(asked)).rejects.toMatchObject({ code: 'slr_not_fresh' })
    await bench.run({ kind: 'forget', table: 'x' })
  })
})
