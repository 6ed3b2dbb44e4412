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
    lock ??= navigator.wakeLock.request('screen').then(
      (sentinel) => {
        sentinel.addEventListener('release', () => {
          lock = null
        })
        return sentinel
      },
      () => {
        lock = null
        return null
      },
    )
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
