/**
 * Watches how long the event loop is busy without a break, in computing time of this thread: another program that has the core
 * meanwhile adds nothing to it, so one look is enough and its bound can be narrow.
 * @returns ends the watch, and gives the longest turn in milliseconds
 */
export function watchTurns(): () => number {
  let last = computed()
  let longest = 0
  let isOver = false
  const turn = (): void => {
    const now = computed()
    longest = Math.max(longest, now - last)
    last = now
    if (!isOver) setImmediate(turn)
  }
  setImmediate(turn)
  return () => {
    isOver = true
    turn()
    return longest
  }
}

/** In milliseconds. */
function computed(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}
