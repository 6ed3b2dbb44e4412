import { useState } from 'react'

export interface Attempt {
  readonly isBusy: boolean
  /** Of the last attempt, null when it went well. */
  readonly error: unknown
  /** Resolves to whether it went well. */
  readonly run: (work: () => Promise<unknown>) => Promise<boolean>
  readonly forget: () => void
}

/** Something that a person asked for: busy, done, or refused with a reason that stays in sight. */
export function useAttempt(): Attempt {
  const [state, setState] = useState<{ isBusy: boolean; error: unknown }>({ isBusy: false, error: null })
  return {
    ...state,
    forget: () => setState({ isBusy: false, error: null }),
    run: async (work) => {
      setState({ isBusy: true, error: null })
      try {
        await work()
        setState({ isBusy: false, error: null })
        return true
      } catch (error) {
        setState({ isBusy: false, error })
        return false
      }
    },
  }
}
