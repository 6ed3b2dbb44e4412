// Child processes whose output goes to the log, and which are stopped with all their children when they stall.
import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'

const POSIX = process.platform !== 'win32'
const running = new Set()

/**
 * @param {string} file
 * @param {string[]} argv
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, log: string, limitSeconds: number, measure?: () => number,
 *   patienceSeconds?: (measured: number, output: string) => number, onSecond?: (measured: number) => void }} options
 *   `measure`: a number that changes while there is progress; `patienceSeconds`: how long it may stand still.
 * @returns {Promise<{ ok: boolean, output: string, end: string }>} `end` says in words how it ended
 */
export function runWatched(file, argv, { cwd, env, log, limitSeconds, measure = () => 0, patienceSeconds, onSecond }) {
  appendFileSync(log, `\n$ ${file} ${argv.map((text) => (text.includes('\n') ? '(script)' : text)).join(' ')}\n`)
  return new Promise((resolve) => {
    const child = spawn(file, argv, { cwd, env: env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'], detached: POSIX })
    running.add(child)
    let output = ''
    let stopped = null
    const keep = (chunk) => {
      appendFileSync(log, chunk)
      output = (output + chunk).slice(-100_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const started = Date.now()
    let last = measure()
    let moved = started
    const watch = setInterval(() => {
      const now = Date.now()
      const measured = measure()
      if (measured !== last) moved = now
      last = measured
      onSecond?.(measured)
      if (now - started > limitSeconds * 1000) stopped = `took longer than ${limitSeconds} s`
      else if (patienceSeconds && now - moved > patienceSeconds(measured, output) * 1000) {
        stopped = `no progress in ${Math.round((now - moved) / 1000)} s`
      }
      if (stopped) killGroup(child)
    }, 1000)
    const finish = (ok, end) => {
      clearInterval(watch)
      running.delete(child)
      appendFileSync(log, `[${end}, ${((Date.now() - started) / 1000).toFixed(1)} s]\n`)
      resolve({ ok, output, end })
    }
    child.on('error', (error) => finish(false, error.message))
    child.on('close', (code, signal) =>
      finish(code === 0 && !stopped, stopped ?? (signal ? `ended by ${signal}` : `exit code ${code}`)),
    )
  })
}

function killGroup(child) {
  try {
    if (POSIX) process.kill(-child.pid, 'SIGKILL')
    else child.kill()
  } catch {
    // Already gone.
  }
}

/** For signal handlers: leaves none of our children behind. */
export function killAll() {
  for (const child of running) killGroup(child)
}
