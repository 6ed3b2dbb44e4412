/** True while the process is there, also when it has ended and nobody has asked how. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
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
