import { readFileSync } from 'node:fs'
import { platform } from 'node:os'

/** A process that has ended stays as a zombie where its parent has, too, and process 1 asks of nobody how it ended. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  if (platform() !== 'linux') return true
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Ids of the processes that a demo says it has started: its parties and its coordinator. */
export function processesOf(said: string): number[] {
  const parties = [...(/^Processes(.*)$/m.exec(said)?.[1] ?? '').matchAll(/ (\d+)/g)].map(([, pid]) => Number(pid))
  const coordinator = /^Coordinator .*\(process (\d+)/m.exec(said)?.[1]
  return [...new Set(coordinator === undefined ? parties : [...parties, Number(coordinator)])]
}
