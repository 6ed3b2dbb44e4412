import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CommandLine } from './harness/command-line.ts'
import { isAlive, processesOf } from './harness/processes.ts'
import { eventually } from './harness/small-federation.ts'

const commands = await CommandLine.open()
afterAll(() => commands.close())

/** A port of 0 is a free one: tests run beside each other. */
const demo = (...args: readonly string[]) => commands.tributary(['demo', '--vertical', '--port', '0', '--exit', ...args])

describe('the vertical demo', () => {
  it('trains on a table that is split between institutions, equal to the closed form, and ends with one JSON line', async () => {
    const args = ['--dataset', 'diabetes', '--data-dir', 'demo', '--seed', '7']
    const { code, value: result, stderr } = await demo(...args)
    expect(code, stderr).toBe(0)
    expect(Object.keys(result)).toEqual(
      expect.arrayContaining(
        ['mode', 'dataset', 'rows', 'features', 'scheme', 'steps', 'maxRelativeWeightError', 'auc'].concat([
          'loss',
          'bytes',
          'seconds',
          'secondsByPhase',
          'auditHead',
          'seed',
        ]),
      ),
    )
    expect(result).toMatchObject({
      mode: 'vertical',
      dataset: 'diabetes',
      rows: 442,
      features: { host: 5, guest: 5 },
      scheme: { name: 'BFV', ringDegree: 8192, primeBits: [60, 60, 60, 38] },
      converged: true,
      auc: null,
      seed: 7,
      audit: { entries: result.auditHead.seq, verifiedBy: expect.arrayContaining(['host', 'guest']) },
    })
    expect(result.maxRelativeWeightError).toBeLessThan(1e-3)
    expect(result.loss).toBeCloseTo(213.178, 2)
    expect(result.f).toBeCloseTo(213.491, 2)
    expect(result.maxPredictionError).toBeLessThan(0.05)
    expect(result.steps).toBeLessThanOrEqual(12)
    expect(result.bytes).toBeGreaterThan(5_000_000)
    const parts = Object.values<number>(result.secondsByPhase)
    expect(Math.min(...parts)).toBeGreaterThan(0)
    expect(parts.reduce((sum, seconds) => sum + seconds, 0)).toBeLessThan(result.seconds * 1.1)

    for (const text of [
      'Aligned: 442 common rows.',
      'BFV with batching, N = 8192',
      'Relaxed here',
      `audit head ${result.auditHead.seq}`,
    ])
      expect(stderr).toContain(text)
    const pids = processesOf(stderr)
    expect(pids).toHaveLength(4)
    for (const pid of pids) expect(isAlive(pid)).toBe(false)

    const [own = ''] = (await readdir(join(commands.folder, 'demo'))).filter((name) => name.startsWith('20'))
    const files = await readdir(join(commands.folder, 'demo', own))
    for (const party of ['coordinator', 'keys', 'host', 'guest']) {
      expect(files).toContain(party)
      // Tokens are told by the channel between processes, and stand in no log.
      expect(await readFile(join(commands.folder, 'demo', own, `${party}.log`), 'utf8')).not.toMatch(/trb_/)
    }
    for (const party of ['keys', 'host', 'guest'])
      expect((await stat(join(commands.folder, 'demo', own, 'key-files', party))).mode & 0o777).toBe(0o600)
  })

  it('leaves no process behind when it is killed', async () => {
    const args = ['demo', '--vertical', '--port', '0', '--dataset', 'diabetes', '--data-dir', 'killed']
    const { child, said } = commands.startCommand(args)
    await eventually('the run', async () => said.stdout.includes('wrote and signed'))
    const pids = processesOf(said.stdout)
    expect(pids).toHaveLength(4)
    child.kill('SIGKILL')
    expect(await eventually('their end', async () => !pids.some(isAlive))).toBe(true)
  })

  it('says loudly that it has not converged, what helps, and keeps its one JSON line and code 0', async () => {
    const { code, value, stderr } = await demo('--dataset', 'diabetes', '--max-steps', '4', '--data-dir', 'unconverged')
    expect(code, stderr).toBe(0)
    expect(value).toMatchObject({ converged: false })
    expect(stderr).toMatch(/NOT CONVERGED.*slr_not_converged.*4 of 4 used; try --max-steps 40/s)
  })

  it('says why it fails, and ends with the code', async () => {
    const classes = await demo('--dataset', 'diabetes', '--task', 'logistic', '--data-dir', 'failing')
    expect(classes.code).toBe(2)
    expect(classes.value).toMatchObject({ error: { code: 'config_invalid' } })
    const digits = await demo('--dataset', 'diabetes', '--fx', '24', '--fu', '26', '--data-dir', 'failing')
    expect(digits.code, digits.stderr).toBe(3)
    const { error } = digits.value
    expect(error).toMatchObject({ code: 'slr_refused', participants: ['guest'], details: { code: 'slr_overflow_bound' } })
  })
})
