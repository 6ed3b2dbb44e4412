/** Set by the script that `npm start` and `npm run` go through (scripts/hand-over.mjs): its process id. */
const LAUNCHER_VARIABLE = 'TRIBUTARY_LAUNCHER'
const LOOK_MS = 1_000
/** Longest time that an orderly end may take once nobody is left who would enforce it. */
const GRACE_MS = 10_000

/**
 * Ends this process as by SIGTERM when the script that started it is gone, however it ended: a SIGKILL reaches that script alone.
 * The variable counts only for the script's own child, and is not handed on.
 */
export function endWithLauncher(): void {
  const launcher = Number(process.env[LAUNCHER_VARIABLE])
  delete process.env[LAUNCHER_VARIABLE]
  if (launcher !== process.ppid) return
  const timer = setInterval(() => {
    if (isThere(launcher)) return
    clearInterval(timer)
    setTimeout(() => process.exit(1), GRACE_MS).unref()
    process.kill(process.pid, 'SIGTERM')
  }, LOOK_MS)
  timer.unref()
}

/** An orphan is given another parent, except on Windows. */
function isThere(launcher: number): boolean {
  if (process.platform !== 'win32') return process.ppid === launcher
  try {
    process.kill(launcher, 0)
    return true
  } catch {
    return false
  }
}
