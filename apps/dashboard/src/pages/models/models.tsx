import { type ModelVersion, type Run, routes } from '@tributary/protocol'
import { Link, useSearchParams } from 'react-router'
import { callForFile } from '../../api/call.ts'
import { useModels, useRuns } from '../../api/queries.ts'
import { useTitle } from '../../app/title.ts'
import { formatBytes, formatMetric } from '../../format/numbers.ts'
import { useSignedIn } from '../../session/session-context.tsx'
import { useAttempt } from '../../widgets/attempt.ts'
import { Listing } from '../../widgets/listing.tsx'
import { Choice } from '../../widgets/look.tsx'
import { Problem } from '../../widgets/problem.tsx'
import { saveFile } from '../../widgets/save-file.ts'
import { Loaded } from '../../widgets/waiting.tsx'
import { When } from '../../widgets/when.tsx'
import { useWords } from '../../words/words.ts'

/** Versions of a run's model with their lineage; each can be downloaded as the coordinator keeps it. */
export default function Models() {
  const { w } = useWords()
  useTitle(w('nav.models'))
  const runs = useRuns()
  const [search, setSearch] = useSearchParams()
  return (
    <div className="stack">
      <h1>{w('nav.models')}</h1>
      <p>{w('models.who')}</p>
      <Loaded query={runs}>
        {(list) => {
          const inOrder = [...list].sort((a, b) => b.createdAt.localeCompare(a.createdAt))
          const chosen = inOrder.find(({ id }) => id === search.get('run')) ?? inOrder[0]
          if (chosen === undefined) return <p>{w('runs.empty')}</p>
          return (
            <>
              <Choice
                label={w('run.title')}
                value={chosen.id as string}
                options={inOrder.map((run) => [run.id as string, `${run.name} · ${run.config.model.name} · ${run.id}`] as const)}
                onChange={(run) => setSearch({ run })}
              />
              <Versions run={chosen} all={list} />
            </>
          )
        }}
      </Loaded>
    </div>
  )
}

function Versions({ run, all }: { run: Run; all: readonly Run[] }) {
  const { w, language } = useWords()
  const models = useModels(run.id)
  const { caller } = useSignedIn()
  const { error, isBusy, run: attempt } = useAttempt()
  const download = ({ sha256, round }: ModelVersion) =>
    attempt(async () => {
      const file = await callForFile(caller, { path: routes.model(sha256) })
      saveFile(`${run.name}-round-${round}-${sha256.slice(0, 12)}.trib`, file)
    })
  return (
    <Loaded query={models}>
      {(list) => {
        const first = list.find(({ round }) => round === 0)
        const parent = all.find((other) => other.id !== run.id && other.modelSha256 === first?.sha256)
        return (
          <>
            <p>
              {w('models.lineage')}:{' '}
              {parent === undefined ? w('models.fresh') : <Link to={`/models?run=${parent.id}`}>{parent.name}</Link>} →{' '}
              <Link to={`/runs/${run.id}`}>{run.name}</Link> → {w('models.versions', { count: list.length })}
            </p>
            {error === null ? null : <Problem error={error} />}
            <Listing
              label={w('nav.models')}
              columns={[
                w('run.round'),
                'SHA-256',
                w('rounds.metrics'),
                { number: w('models.size') },
                w('runs.created'),
                w('models.download'),
              ]}
            >
              {[...list].reverse().map((version) => (
                <tr key={version.round}>
                  <th scope="row">{version.round === 0 ? w('models.initial') : version.round}</th>
                  <td>
                    <code title={version.sha256}>{version.sha256.slice(0, 16)}</code>
                  </td>
                  <td>
                    {Object.entries(version.metrics)
                      .map(([name, value]) => `${name} ${formatMetric(name, value, language)}`)
                      .join(', ') || '—'}
                  </td>
                  <td data-kind="number">{formatBytes(version.bytes, language)}</td>
                  <td>
                    <When at={version.createdAt} />
                  </td>
                  <td>
                    <button
                      type="button"
                      className="button"
                      disabled={isBusy}
                      aria-label={w('models.download-one', { round: version.round })}
                      onClick={() => void download(version)}
                    >
                      {w('models.download')}
                    </button>
                  </td>
                </tr>
              ))}
            </Listing>
            <p className="quiet">{w('models.form')}</p>
          </>
        )
      }}
    </Loaded>
  )
}
