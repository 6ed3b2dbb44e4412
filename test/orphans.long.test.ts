import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isAlive, processesOf } from './harness/processes.ts'
import { temporaryFolder } from './harness/small-federation.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const main = here('../packages/cli/src/main.ts')
const handOver = here('processes/hand-over.ts')

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(() => folder.remove())

/** As npm does: starts its script by a shell that waits for it, and names itself in its command line. */
const packageManager = `
  const { spawn } = require('node:child_process')
  const [command] = process.argv.slice(1)
  spawn('sh', ['-c', command + '; exit $?'], { stdio: 'inherit', env: { ...process.env, npm_lifecycle_event: 'start' } })
`

const childOf = (pid: number): number => {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const rows = table.map((line) => line.trim().split(/\s+/).map(Number))
  const [child] = rows.find(([, parent]) => parent === pid) ?? []
  // 0 would be the whole group of whoever runs this.
  if (child === undefined) throw new Error(`process ${pid} has no child`)
  return child
}

/** What a failed test leaves behind must not stay. */
let toEnd: number[] = []
afterEach(() => {
  for (const pid of toEnd.filter(isAlive)) process.kill(pid, 'SIGKILL')
  toEnd = []
})

/** The demo below a package manager, a shell and the hand-over; all of them hold one pipe. */
async function startDemo(): Promise<{ npm: ChildProcess; closed: Promise<unknown>; workers: number[] }> {
  const demo = ['demo', '--port', '0', '--model', 'softmax', '--rounds', '1000', '--institutions', '2']
  const command = [process.execPath, handOver, main, ...demo].map((word) => `'${word}'`).join(' ')
  const npm = spawn(process.execPath, ['-e', packageManager, command, 'npm'], {
    cwd: folder.path,
    env: { ...process.env, TRIBUTARY_BACKEND: 'wasm', LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let said = ''
  npm.stdout.on('data', (text) => {
    said += text
  })
  const closed = new Promise((resolve) => npm.stdout.once('close', resolve))
  const deadline = Date.now() + 60_000
  while (!/^ +1 +\d/m.test(said)) {
    if (Date.now() > deadline) throw new Error(`no round within 60 s:\n${said}`)
    await sleep(50)
  }
  const shell = childOf(npm.pid as number)
  const workers = processesOf(said)
  expect(workers).toHaveLength(3)
  toEnd = [npm.pid as number, shell, childOf(shell), childOf(childOf(shell)), ...workers]
  return { npm, closed, workers }
}

describe.skipIf(process.platform === 'win32')('a SIGKILL leaves no process of the demo behind', () => {
  it.each([
    ['the package manager', (npm: number) => npm],
    ['its shell', (npm: number) => childOf(npm)],
    ['the script that hands over', (npm: number) => childOf(childOf(npm))],
    ['the demo itself', (npm: number) => childOf(childOf(childOf(npm)))],
  ])('of %s', async (_, victim) => {
    const { npm, closed, workers } = await startDemo()
    expect(workers.every(isAlive)).toBe(true)
    process.kill(victim(npm.pid as number), 'SIGKILL')
    const late = sleep(20_000).then(() => 'still there')
    expect(await Promise.race([closed.then(() => 'gone'), late])).toBe('gone')
    const deadline = Date.now() + 10_000
    while (workers.some(isAlive) && Date.now() < deadline) await sleep(100)
    expect(workers.filter(isAlive)).toEqual([])
  })
})
