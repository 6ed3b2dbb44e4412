import { useState } from 'react'
import { formatCount } from '../../format/numbers.ts'
import { useAttempt } from '../../widgets/attempt.ts'
import { Problem } from '../../widgets/problem.tsx'
import type { Recipe } from '../reading/messages.ts'
import { problemsByColumn } from '../reading/problems.ts'
import { useParticipantWords } from '../words/words.ts'
import { type ConnectedData, connect } from './connected-data.ts'

interface ReadAndGoProps {
  readonly recipe: Recipe
  readonly onConnected: (data: ConnectedData) => void
}

/** Reads everything as training will, says what is wrong or what was found, and lets the person go on. */
export function ReadAndGo({ recipe, onConnected }: ReadAndGoProps) {
  const { p, language } = useParticipantWords()
  const { error, isBusy, run } = useAttempt()
  const [read, setRead] = useState<{ recipe: string; data: ConnectedData } | null>(null)
  const wanted = JSON.stringify(recipe)
  const data = read?.recipe === wanted ? read.data : null
  const check = async () => {
    const isRead = await run(async () => setRead({ recipe: wanted, data: await connect(recipe, new AbortController().signal) }))
    if (!isRead) setRead(null)
  }
  return (
    <div className="stack">
      <div>
        <button
          type="button"
          className="button"
          data-kind={data === null ? 'main' : undefined}
          disabled={isBusy}
          onClick={() => void check()}
        >
          {isBusy ? p('read.busy') : p('read.check')}
        </button>
      </div>
      {error === null ? null : <ReadingProblem error={error} />}
      {data === null ? null : (
        <div className="stack" role="status">
          <p>{p('read.found', { rows: formatCount(data.rows, language), shape: data.featureShape.join(' × ') })}</p>
          {data.perClass === null ? null : (
            <dl className="facts">
              {data.perClass.map(({ name, rows }) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{formatCount(rows, language)}</dd>
                </div>
              ))}
            </dl>
          )}
          <div>
            <button type="button" className="button" data-kind="main" onClick={() => onConnected(data)}>
              {p('read.go')}
            </button>
          </div>
        </div>
      )}
    </div>
  )
}

const SHOWN = 3

/** By column, each with what stands there and what should. */
function ReadingProblem({ error }: { error: unknown }) {
  const { p } = useParticipantWords()
  const byColumn = problemsByColumn(error)
  if (byColumn === null) return <Problem error={error} />
  return (
    <div className="notice" data-kind="bad" role="alert">
      <p>
        <strong>{p('problems.title')}</strong> {p('problems.stay')}
      </p>
      <ul>
        {[...byColumn].map(([column, problems]) => (
          <li key={column}>
            <strong>{column === '-' ? p('problems.row-whole') : p('problems.column', { column })}</strong>
            <ul>
              {problems.slice(0, SHOWN).map(({ row, found, expected }) => (
                <li key={`${row} ${found}`}>{p('problems.cell', { row, found, expected })}</li>
              ))}
            </ul>
            {problems.length > SHOWN ? p('problems.more', { count: problems.length - SHOWN }) : null}
          </li>
        ))}
      </ul>
    </div>
  )
}
