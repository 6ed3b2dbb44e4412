import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from 'react'

interface Announcer {
  /** Said when the reader pauses; at most one sentence in 10 s, the newest. */
  readonly say: (sentence: string) => void
  /** Said at once: a failed run, a lost connection. */
  readonly warn: (sentence: string) => void
}
const Context = createContext<Announcer>({ say: () => {}, warn: () => {} })
const QUIET_MS = 10_000

export function AnnouncerProvider({ children }: { children: ReactNode }) {
  const [polite, setPolite] = useState('')
  const [urgent, setUrgent] = useState('')
  const saidAt = useRef(Number.NEGATIVE_INFINITY)
  const next = useRef<string | null>(null)
  const say = useCallback((sentence: string) => {
    const speak = () => {
      saidAt.current = Date.now()
      if (next.current !== null) setPolite(next.current)
      next.current = null
    }
    const wait = saidAt.current + QUIET_MS - Date.now()
    const isWaiting = next.current !== null
    next.current = sentence
    if (wait <= 0) speak()
    else if (!isWaiting) setTimeout(speak, wait)
  }, [])
  const announcer = useMemo(() => ({ say, warn: setUrgent }), [say])
  return (
    <Context value={announcer}>
      {children}
      <div className="visually-hidden" role="status">
        {polite}
      </div>
      <div className="visually-hidden" aria-live="assertive">
        {urgent}
      </div>
    </Context>
  )
}

export const useAnnouncer = (): Announcer => useContext(Context)
