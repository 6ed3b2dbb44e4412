import { type ReactNode, useEffect, useState } from 'react'
import { useWords } from '../words/words.ts'
import { Problem } from './problem.tsx'

interface Asked<Data> {
  readonly data: Data | undefined
  readonly error: unknown
}

/** What was asked for; until it is there a word (after 300 ms), and a failure in full. Old data stay when asking again fails. */
export function Loaded<Data>({ query, children }: { query: Asked<Data>; children: (data: Data) => ReactNode }) {
  if (query.data !== undefined) {
    return (
      <>
        {query.error === null ? null : <Problem error={query.error} />}
        {children(query.data)}
      </>
    )
  }
  return query.error === null ? <Loading /> : <Problem error={query.error} />
}

export function Loading() {
  const { w } = useWords()
  const [isSlow, setSlow] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), 300)
    return () => clearTimeout(timer)
  }, [])
  return (
    <p className="quiet" data-loading>
      {isSlow ? w('loading') : ' '}
    </p>
  )
}
