import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, describe, expect, it } from 'vitest'

const main = fileURLToPath(new URL('../packages/cli/src/main.ts', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'tributary-demo-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Demo {
  readonly process: ChildProcess
  readonly said: { stdout: string; stderr: string }
  readonly ended: Promise<number | null>
}
const started: Demo[] = []
afterEach(async () => {
  for (const demo of started.splice(0)) {
    demo.process.kill('SIGKILL')
    await demo.ended
  }
})

/** A port of 0 is a free one: tests run beside each other. */
function demo(args: readonly string[]): Demo {
  const child = spawn(process.execPath, [main, 'demo', '--port', '0', ...args], {
    cwd: folder,
    env: { ...process.env, TRIBUTARY_BACKEND: 'wasm', LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (text) => {
    said.stdout += text
  })
  child.stderr.on('data', (text) => {
    said.stderr += text
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  const one = { process: child, said, ended }
  started.push(one)
  return one
}

async function until(condition: () => boolean, what: string, said: Demo['said'], seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s for ${what}; so far:\n${said.stdout}${said.stderr}`)
    await sleep(50)
  }
}

/** True while the process runs; one that has ended and waits to be collected does not. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const pidsOf = (text: string): number[] => [
  ...[...(/^Processes {4}(.*)$/m.exec(text)?.[1] ?? '').matchAll(/ (\d+)/g)].map(([, pid]) => Number(pid)),
  Number(/^Coordinator .*\(process (\d+)/m.exec(text)?.[1]),
]

describe('the demo', () => {
  it('ends with one JSON line, and with the same model for the same seed', async () => {
    const args = ['--model', 'softmax', '--rounds', '2', '--institutions', '2', '--exit', '--json', '--seed', '3']
    const results = []
    for (let time = 0; time < 2; time += 1) {
      const { said, ended } = demo(args)
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
    const { process: child, said } = demo(['--model', 'softmax', '--rounds', '3', '--institutions', '2'])
    await until(() => /^Training softmax/m.test(said.stdout), 'the run', said)
    const pids = pidsOf(said.stdout)
    expect(pids).toHaveLength(3)
    expect(pids.every(isAlive)).toBe(true)
    process.kill(pids[0] as number, 'SIGKILL')
    await until(() => /institution-1 died \(SIGKILL\); it is started again/.test(said.stdout), 'the restart', said)
    await until(() => /Ctrl-C ends the demo/.test(said.stdout), 'the end of the run', said)
    expect(said.stdout).toMatch(/^ +3 .*institution-1 \d+ %, institution-2 \d+ %$/m)
    expect(said.stdout).toContain('softmax, 3 rounds with 2 institutions')
    child.kill('SIGKILL')
    await until(() => !pids.slice(1).some(isAlive), 'the children to end', said, 10)
  })

  it('ends all processes on SIGTERM, in the middle of a run', async () => {
    const { process: child, said, ended } = demo(['--model', 'softmax', '--rounds', '1000', '--institutions', '2', '--json'])
    await until(() => /^ +1 +\d/m.test(said.stderr), 'the first round', said)
    const pids = pidsOf(said.stderr)
    child.kill('SIGTERM')
    expect(await ended).toBe(143)
    expect(pids.filter(isAlive)).toEqual([])
  })

  it('says who, where, why and what to do when an institution cannot train', async () => {
    const child = spawn(process.execPath, [main, 'demo', '--port', '0', '--institutions', '2', '--exit', '--json'], {
      cwd: folder,
      env: { ...process.env, TRIBUTARY_BACKEND: 'abacus', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (text) => {
      stdout += text
    })
    child.stderr.on('data', (text) => {
      stderr += text
    })
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect(code).toBe(2)
    expect(stderr).toMatch(/The demo failed/)
    expect(stderr).toMatch(/who: +admin: institution-[12]/)
    expect(stderr).toMatch(/in phase: +start/)
    expect(stderr).toMatch(/why: .*TRIBUTARY_BACKEND.*abacus/)
    expect(stderr).toMatch(/what to do: /)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'config_invalid' } })
  })
})
