import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { formatCount, formatNumber, formatShare } from '../../format/numbers.ts'
import { Problem } from '../../widgets/problem.tsx'
import { saveFile } from '../../widgets/save-file.ts'
import { Loaded } from '../../widgets/waiting.tsx'
import { useParticipantWords } from '../words/words.ts'
import type { TrainingOutcome } from './progress.ts'
import type { TakingPart } from './taking-part.ts'

/** The model that a run ended with: its worth on the rows that were held out here, and its file. */
export function Result({ taking, outcome }: { taking: TakingPart; outcome: TrainingOutcome }) {
  const { p, language } = useParticipantWords()
  const { run, phase, modelSha256 } = outcome
  const [error, setError] = useState<unknown>(null)
  const score = useQuery({
    queryKey: ['own-score', run, modelSha256],
    queryFn: () => taking.score(outcome),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  })
  return (
    <section className="card stack">
      <h2>{p('result.title')}</h2>
      <p role="status">{p(`result.${phase}`)}</p>
      {modelSha256 === null ? null : (
        <>
          <Loaded query={score}>
            {(worth) =>
              worth === null ? (
                <p className="quiet">{p('result.no-score')}</p>
              ) : (
                <>
                  <p>{p('result.own-rows', { rows: formatCount(worth.samples, language) })}</p>
                  <dl className="facts">
                    <div>
                      <dt>{p('meter.accuracy')}</dt>
                      <dd>{formatShare(worth.accuracy, language)}</dd>
                    </div>
                    <div>
                      <dt>{p('meter.loss')}</dt>
                      <dd>{formatNumber(worth.loss, language)}</dd>
                    </div>
                  </dl>
                </>
              )
            }
          </Loaded>
          <p>
            sha256 <code>{modelSha256}</code>
          </p>
          <div>
            <button
              type="button"
              className="button"
              onClick={() => {
                setError(null)
                taking.modelFile(modelSha256).then((file) => saveFile(`model-${modelSha256.slice(0, 12)}.trib`, file), setError)
              }}
            >
              {p('result.download')}
            </button>
          </div>
          {error === null ? null : <Problem error={error} />}
        </>
      )}
    </section>
  )
}
