// Runs the real program in place of this process, and ends with whatever started it. Must parse on Node 20.
import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { whenStarterEnds } from './starters.mjs'

/** Tells the program who started it: when this process is killed, it has to see for itself. */
const LAUNCHER_VARIABLE = 'TRIBUTARY_LAUNCHER'
const LOOK_MS = 1_000
/** An orderly end of the demo stops several processes, one after another. */
const GRACE_MS = 12_000

/** Runs a program in the caller's folder and dies as it dies, so that scripts can trust exit code and signals. */
export function handOver(file, argv) {
  const child = spawn(file, argv, {
    stdio: 'inherit',
    env: {
      ...process.env,
      NODE_OPTIONS: process.env.NODE_OPTIONS ?? '',
      PATH: `${dirname(file)}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}`,
      [LAUNCHER_VARIABLE]: String(process.pid),
    },
  })
  // Ctrl-C reaches the whole group by itself; a SIGTERM to us alone must be passed on.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  // A package manager is killed without a word to its script. Only for one is this looked for: a shell that started us may end
  // (nohup, a closed terminal) and mean us to go on.
  if (process.env.npm_lifecycle_event !== undefined) whenStarterEnds(() => end(child), LOOK_MS)
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal)
      process.kill(process.pid, signal)
    } else process.exit(code ?? 1)
  })
}

function end(child) {
  child.kill('SIGTERM')
  setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref()
}
