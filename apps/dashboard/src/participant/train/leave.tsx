import { useState } from 'react'
import { useParticipantWords } from '../words/words.ts'

/** For good, so it asks once more. */
export function Leave({ onLeave }: { onLeave: () => void }) {
  const { p } = useParticipantWords()
  const [isAsked, setAsked] = useState(false)
  if (!isAsked)
    return (
      <button type="button" className="button" data-kind="danger" onClick={() => setAsked(true)}>
        {p('leave.ask')}
      </button>
    )
  return (
    <div className="notice row" data-kind="warn" role="alert">
      <span>{p('leave.sure')}</span>
      <button type="button" className="button" data-kind="danger" onClick={onLeave}>
        {p('leave.yes')}
      </button>
      <button type="button" className="button" onClick={() => setAsked(false)}>
        {p('leave.no')}
      </button>
    </div>
  )
}
