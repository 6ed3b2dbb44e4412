import { afterAll, describe, expect, it } from 'vitest'
import { CommandLine, type Started } from './harness/command-line.ts'
import { isAlive, processesOf } from './harness/processes.ts'
import { eventually } from './harness/small-federation.ts'

const commands = await CommandLine.open({ TRIBUTARY_BACKEND: 'wasm' })
afterAll(() => commands.close())

/** A port of 0 is a free one: tests run beside each other. */
const demo = (...args: readonly string[]): Started => commands.startCommand(['demo', '--port', '0', ...args])

const said = (what: RegExp, running: Started, on: 'stdout' | 'stderr' = 'stdout') =>
  eventually(`${what}`, async () => what.test(running.said[on]) || null).catch((cause: Error) => {
    throw new Error(`${cause.message}; so far:\n${running.said.stdout}${running.said.stderr}`)
  })

describe('the demo', () => {
  it('ends with one JSON line, and with the same model for the same seed', async () => {
    const args = ['--model', 'softmax', '--rounds', '2', '--institutions', '2', '--exit', '--json', '--seed', '3']
    const results = []
    for (let time = 0; time < 2; time += 1) {
      const { said, ended } = demo(...args)
      expect(await ended, said.stderr).toBe(0)
      expect(said.stdout.trimEnd().split('\n')).toHaveLength(1)
      results.push(JSON.parse(said.stdout))
    }
    const [first, second] = results
    expect(Object.keys(first).sort()).toEqual(
      [
        'mode',
        'model',
        'rounds',
        'accuracy',
        'loss',
        'participants',
        'bytesUp',
        'bytesDown',
        'seconds',
        'secondsByPhase',
        'backend',
        'modelSha256',
        'seed',
      ].sort(),
    )
    expect(first).toMatchObject({ mode: 'demo', model: 'softmax', rounds: 2, participants: 2, backend: 'wasm', seed: 3 })
    // Two rounds of two institutions, 7,850 floats each.
    expect(first.bytesUp).toBeGreaterThan(4 * 7_850 * 4)
    expect(first.bytesUp).toBeLessThan(1.2 * 4 * 7_850 * 4)
    // What linear softmax reaches on these skewed halves, far from the 0.1 of chance.
    expect(first.accuracy).toBeGreaterThan(0.75)
    expect(first.accuracy).toBeLessThan(0.95)
    expect(first.secondsByPhase.training).toBeGreaterThan(0)
    expect(second.modelSha256).toBe(first.modelSha256)
    expect(second.accuracy).toBe(first.accuracy)
  })

  it('brings a killed institution back as the same participant, and leaves no process when it is killed itself', async () => {
    const running = demo('--model', 'softmax', '--rounds', '3', '--institutions', '2')
    await said(/^Training softmax/m, running)
    const pids = processesOf(running.said.stdout)
    expect(pids).toHaveLength(3)
    expect(pids.every(isAlive)).toBe(true)
    process.kill(pids[0] as number, 'SIGKILL')
    await said(/institution-1 died \(SIGKILL\); it is started again/, running)
    await said(/Ctrl-C ends the demo/, running)
    expect(running.said.stdout).toMatch(/^ +3 .*institution-1 \d+ %, institution-2 \d+ %$/m)
    expect(running.said.stdout).toContain('softmax, 3 rounds with 2 institutions')
    running.child.kill('SIGKILL')
    await eventually('the children to end', async () => !pids.slice(1).some(isAlive), 10_000)
  })

  it('ends all processes on SIGTERM, in the middle of a run', async () => {
    const running = demo('--model', 'softmax', '--rounds', '1000', '--institutions', '2', '--json')
    await said(/^ +1 +\d/m, running, 'stderr')
    const pids = processesOf(running.said.stderr)
    running.child.kill('SIGTERM')
    expect(await running.ended).toBe(143)
    expect(pids.filter(isAlive)).toEqual([])
  })

  it('says who, where, why and what to do when an institution cannot train', async () => {
    const { code, value, stderr } = await commands.tributary(['demo', '--port', '0', '--institutions', '2', '--exit'], {
      more: { TRIBUTARY_BACKEND: 'abacus' },
    })
    expect(code).toBe(2)
    expect(stderr).toMatch(/The demo failed/)
    expect(stderr).toMatch(/who: +admin: institution-[12]/)
    expect(stderr).toMatch(/in phase: +start/)
    expect(stderr).toMatch(/why: .*TRIBUTARY_BACKEND.*abacus/)
    expect(stderr).toMatch(/what to do: /)
    expect(value).toMatchObject({ error: { code: 'config_invalid' } })
  })
})
