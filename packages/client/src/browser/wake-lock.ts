export interface Awake {
  /** Keeps the screen, and with it the machine, from sleeping. */
  stay(): void
  rest(): void
}

/**
 * The browser's wake lock, which a hidden page loses and a visible one gets back. Where there is none, or a low battery forbids it,
 * training goes on for as long as the machine is awake.
 */
export function awake(): Awake {
  let isWanted = false
  let lock: Promise<WakeLockSentinel | null> | null = null
  const take = () => {
    if (!isWanted || document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return
    if (lock !== null) return
    const taken = navigator.wakeLock.request('screen').then(
      (sentinel) => {
        sentinel.addEventListener('release', forget)
        return sentinel
      },
      () => {
        forget()
        return null
      },
    )
    // The end of one that was let go of may come when there is a newer one.
    const forget = () => {
      if (lock === taken) lock = null
    }
    lock = taken
  }
  return {
    stay() {
      if (!isWanted) document.addEventListener('visibilitychange', take)
      isWanted = true
      take()
    },
    rest() {
      isWanted = false
      document.removeEventListener('visibilitychange', take)
      void lock?.then((sentinel) => sentinel?.release())
      lock = null
    },
  }
}
