import { participantNameSchema } from '@tributary/protocol'
import { useId, useState } from 'react'
import { useParticipantWords } from './words/words.ts'

interface TermsProps {
  /** Chosen by whoever invited; null lets the participant choose. */
  readonly name: string | null
  readonly onAccept: (name: string) => void
}

/** What is asked, what leaves the machine and what never does. */
export function Terms({ name, onAccept }: TermsProps) {
  const { p } = useParticipantWords()
  const [chosen, setChosen] = useState(name ?? '')
  const [isTried, setTried] = useState(false)
  const hint = useId()
  const isGood = participantNameSchema.safeParse(chosen).success
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        setTried(true)
        if (isGood) onAccept(chosen)
      }}
    >
      <h2>{p('terms.title')}</h2>
      <p>{p('terms.asked')}</p>
      <div className="cards">
        <section className="card">
          <h3>{p('terms.stays')}</h3>
          <ul>
            <li>{p('terms.stays-rows')}</li>
            <li>{p('terms.stays-names')}</li>
            <li>{p('terms.stays-key')}</li>
          </ul>
        </section>
        <section className="card">
          <h3>{p('terms.leaves')}</h3>
          <ul>
            <li>{p('terms.leaves-update')}</li>
            <li>{p('terms.leaves-count')}</li>
            <li>{p('terms.leaves-report')}</li>
          </ul>
        </section>
        <section className="card">
          <h3>{p('terms.takes')}</h3>
          <p>{p('terms.takes-time')}</p>
          <p>{p('terms.takes-stop')}</p>
        </section>
      </div>
      {name === null ? (
        <label className="field">
          <span>{p('terms.name')}</span>
          <input
            className="input"
            value={chosen}
            onChange={(event) => setChosen(event.target.value)}
            autoComplete="organization"
            aria-describedby={hint}
            aria-invalid={isTried && !isGood}
            required
          />
          <span id={hint} className="quiet">
            {p('terms.name-form')}
          </span>
        </label>
      ) : (
        <p>{p('terms.as', { name })}</p>
      )}
      <div>
        <button type="submit" className="button" data-kind="main">
          {p('terms.accept')}
        </button>
      </div>
    </form>
  )
}
