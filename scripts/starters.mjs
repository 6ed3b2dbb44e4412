// Who started this process, up to the package manager. Has no dependencies and must parse on Node 20.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const PACKAGE_MANAGER = /(^|[\s/])(npm|pnpm|yarn)(-cli)?(\.c?js)?(\s|$)/
/** Between npm and its script are a shell, and a shim that pnpm writes. */
const MOST_STARTERS = 5

/** Parent of a process; null when it is gone or nobody can say. */
function parentOf(pid) {
  if (pid === process.pid) return process.ppid
  if (process.platform === 'linux') {
    try {
      // "pid (name) state ppid …", where the name may hold anything.
      const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
      return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])
    } catch {
      return null
    }
  }
  return Number(psOf(pid, 'ppid')) || null
}

function commandOf(pid) {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
  return psOf(pid, 'command')
}

const psOf = (pid, column) =>
  process.platform === 'win32'
    ? ''
    : (spawnSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '').trim()

/** This process, its parent, and so on up to the package manager; only the parent when there is none to be seen. */
function startersUp() {
  const chain = [process.pid, process.ppid]
  for (let up = 0; up < MOST_STARTERS; up += 1) {
    const last = chain.at(-1)
    if (PACKAGE_MANAGER.test(commandOf(last))) return chain
    const next = parentOf(last)
    if (next === null || next <= 1) break
    chain.push(next)
  }
  return chain.slice(0, 2)
}

/** Calls back once when one of those who started this process is gone. Nothing is kept alive by it. */
export function whenStarterEnds(then, lookMs) {
  const chain = startersUp()
  const timer = setInterval(() => {
    if (!isBroken(chain)) return
    clearInterval(timer)
    then()
  }, lookMs)
  timer.unref()
}

/** A child whose parent has ended is given another one; on Windows it keeps the number of the dead one. */
function isBroken(chain) {
  if (process.platform !== 'win32')
    return chain.some((pid, place) => place + 1 < chain.length && parentOf(pid) !== chain[place + 1])
  try {
    process.kill(process.ppid, 0)
    return false
  } catch {
    return true
  }
}
