import { runPhaseSchema } from '@tributary/protocol'
import { useCallback } from 'react'
import { Link } from 'react-router'
import { useFederations, useRuns } from '../../api/queries.ts'
import { toggled, useAddress } from '../../app/address.ts'
import { useTitle } from '../../app/title.ts'
import { Choice } from '../../widgets/look.tsx'
import { useTyped } from '../../widgets/typed.ts'
import { Loaded } from '../../widgets/waiting.tsx'
import { useWords } from '../../words/words.ts'
import { readRunsQuery, shownRuns } from './runs-query.ts'
import { RunsTable } from './runs-table.tsx'

const MOST_COMPARED = 20
const sorts = ['newest', 'name', 'accuracy', 'duration'] as const

/** All runs that may be seen; what is asked for stands in the address. */
export default function Runs() {
  const { w } = useWords()
  useTitle(w('nav.runs'))
  const runs = useRuns()
  const federations = useFederations()
  const [search, set] = useAddress()
  const query = readRunsQuery(search)
  const words = useTyped(query.q, (q) => set({ q }))
  const names = new Map((federations.data ?? []).map(({ id, name }) => [id as string, name]))
  const { selected } = query
  // The same at each rendering, so that a row is drawn again only when it changes.
  const toggle = useCallback(
    (id: string) => set((now) => ({ selected: toggled(readRunsQuery(now).selected, id).join(',') })),
    [set],
  )
  return (
    <div className="stack">
      <div className="row spread">
        <h1>{w('nav.runs')}</h1>
        <div className="row">
          {runs.data?.[0] === undefined ? null : (
            <Link to={`/runs/${shownRuns(runs.data, readRunsQuery(new URLSearchParams()))[0]?.id}`}>{w('runs.latest')}</Link>
          )}
          {selected.length < 2 || selected.length > MOST_COMPARED ? (
            <span className="quiet">{w('runs.select', { most: MOST_COMPARED })}</span>
          ) : (
            <Link className="button" data-kind="main" to={`/compare?runs=${selected.join(',')}`}>
              {w('runs.compare', { count: selected.length })}
            </Link>
          )}
        </div>
      </div>
      <search className="row">
        <label className="field">
          <span>{w('runs.search')}</span>
          <input className="input" type="search" {...words} />
        </label>
        <Choice
          label={w('members.state')}
          value={query.phase ?? ''}
          options={[
            ['', w('runs.all')] as const,
            ...runPhaseSchema.options.map((phase) => [phase, w(`phase.${phase}`)] as const),
          ]}
          onChange={(phase) => set({ phase })}
        />
        <Choice
          label={w('runs.federation')}
          value={query.federation ?? ''}
          options={[['', w('runs.all')] as const, ...[...names].map(([id, name]) => [id, name] as const)]}
          onChange={(federation) => set({ federation })}
        />
        <Choice
          label={w('runs.sort')}
          value={query.sort}
          options={sorts.map((sort) => [sort, w(`runs.sort.${sort}`)] as const)}
          onChange={(sort) => set({ sort })}
        />
      </search>
      <Loaded query={runs}>
        {(list) => {
          const shown = shownRuns(list, query)
          if (list.length === 0) return <p>{w('runs.empty')}</p>
          if (shown.length === 0) return <p>{w('runs.none')}</p>
          return <RunsTable runs={shown} federations={names} selected={selected} onToggle={toggle} />
        }}
      </Loaded>
    </div>
  )
}
