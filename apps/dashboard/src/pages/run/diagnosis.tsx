import { useState } from 'react'
import { copyText } from '../../widgets/copy-text.ts'
import { useWords } from '../../words/words.ts'
import type { RunParts } from './run-page.tsx'

const LAST_EVENTS = 50

/** What a person who helps would ask for, to the clipboard: the run's settings, state and last events; no token is in them. */
export function Diagnosis({ state, view }: Pick<RunParts, 'state' | 'view'>) {
  const { w } = useWords()
  const [said, setSaid] = useState('')
  const copy = async () => {
    const { run, rounds } = state
    const events = view.events.slice(-LAST_EVENTS)
    const page = { address: location.pathname, connection: view.connection, isStale: view.isStale, browser: navigator.userAgent }
    const text = JSON.stringify({ page, run, round: rounds.at(-1) ?? null, events }, null, 2)
    setSaid(w((await copyText(text)) ? 'diagnosis.copied' : 'diagnosis.refused'))
  }
  return (
    <>
      <button type="button" className="button" onClick={() => void copy()}>
        {w('diagnosis.copy')}
      </button>
      <span role="status">{said}</span>
    </>
  )
}
