import { Piscina } from 'piscina'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { BREAK } from '../testing/breaking-worker.ts'
import { charter } from '../testing/small-charter.ts'
import { createJobRunner } from './crypto-job-runner.ts'
import type { JobContext, JobRunner } from './job-runner.ts'
import { WorkerPool } from './worker-pool.ts'

const { he } = charter.manifest
const context: JobContext = {
  runId: 'run_00000001',
  me: 'a',
  manifest: charter.manifest,
  raw: null,
  prepared: null,
  read: () => [new Uint8Array(4)],
}
const worker = new URL('../testing/breaking-worker.cjs', import.meta.url)
const opening = (how: keyof typeof BREAK) => ({ kind: 'open', request: 'x', numbers: BREAK[how], rows: 20, he }) as const

function encryption(deaths: number, how: keyof typeof BREAK) {
  const values = new BigInt64Array(new SharedArrayBuffer(16))
  values.set([BigInt(deaths), BigInt(BREAK[how])])
  return { kind: 'encrypt', values, publicKeys: 'x', he } as const
}

const task = (how: keyof typeof BREAK) =>
  ({ kind: 'open', scheme: { he, rows: 20 }, request: [], secretKeys: [], numbers: BREAK[how] }) as const

let runner: JobRunner | null = null
afterEach(async () => {
  await runner?.close()
})

describe.each(['throw', 'exit'] as const)('a worker that breaks (%s)', (how) => {
  it('is he_malformed to an opening, and the next job is done by another', async () => {
    runner = createJobRunner({ worker })
    await expect(runner.run(opening(how), context)).rejects.toMatchObject({ code: 'he_malformed' })
    const output = await runner.run({ kind: 'keygen', he }, context)
    expect(output.result).toMatchObject({ kind: 'keygen', publicKeySha256: 'fine' })
  })

  it('once has its job done again, twice has it fail', async () => {
    runner = createJobRunner({ worker })
    await expect(runner.run(encryption(1, how), context)).resolves.toMatchObject({ result: { kind: 'encrypt' } })
    await expect(runner.run(encryption(2, how), context)).rejects.toMatchObject({ name: 'WorkerCrash' })
  })

  it('is held against no opening that waited behind', async () => {
    runner = createJobRunner({ worker })
    const first = expect(runner.run(opening(how), context)).rejects.toMatchObject({ code: 'he_malformed' })
    const others = [
      runner.run(opening('none'), context),
      runner.run(encryption(1, how), context),
      runner.run(opening('none'), context),
    ]
    await first
    for (const output of await Promise.all(others)) expect(output.result.kind).toMatch(/open|encrypt/)
  })

  it('has what other threads were doing done again', async () => {
    const pool = new WorkerPool(worker, 2)
    // Both threads are up.
    await Promise.all([pool.run(task('slow')), pool.run(task('slow'))])
    const slow = pool.run(task('slow'))
    await expect(pool.run(task(how))).rejects.toMatchObject({ name: 'WorkerCrash' })
    await expect(slow).resolves.toMatchObject({ sha256: 'fine' })
    await pool.close()
  })

  it('is handed nothing more: what waits goes to the thread that replaces it', async () => {
    const pool = new WorkerPool(worker, 1)
    const handed = vi.spyOn(Piscina.prototype, 'run')
    const first = expect(pool.run(task(how))).rejects.toMatchObject({ name: 'WorkerCrash' })
    await expect(pool.run(task('none'))).resolves.toMatchObject({ sha256: 'fine' })
    await first
    expect(handed).toHaveBeenCalledTimes(2)
    expect(handed.mock.contexts[1]).not.toBe(handed.mock.contexts[0])
    handed.mockRestore()
    await pool.close()
  })
})

describe('a refusal of a job', () => {
  it('is told as it is, and is not tried again', async () => {
    runner = createJobRunner({ worker })
    await expect(runner.run(opening('refuse'), context)).rejects.toMatchObject({
      code: 'he_size',
      details: { actual: 4, expected: 8 },
    })
    const job = encryption(2, 'refuse')
    await expect(runner.run(job, context)).rejects.toMatchObject({ code: 'he_size' })
    expect(job.values[0]).toBe(1n)
  })
})
