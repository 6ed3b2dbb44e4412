import { useWindowVirtualizer } from '@tanstack/react-virtual'
import type { Run } from '@tributary/protocol'
import { memo, useRef } from 'react'
import { Link } from 'react-router'
import { formatBytes, formatMetric } from '../../format/numbers.ts'
import { Duration } from '../../widgets/duration.tsx'
import { PhaseBadge } from '../../widgets/phase.tsx'
import { ScrollArea } from '../../widgets/scroll-area.tsx'
import { When } from '../../widgets/when.tsx'
import { useWords } from '../../words/words.ts'
import styles from './runs.module.css'
import { Spark } from './spark.tsx'

/** Up to here all rows are in the page: a browser's own search finds them. */
const ALL_ROWS = 200
const ROW_PX = 50

interface RunsTableProps {
  readonly runs: readonly Run[]
  readonly federations: ReadonlyMap<string, string>
  readonly selected: readonly string[]
  readonly onToggle: (id: string) => void
}

export function RunsTable({ runs, federations, selected, onToggle }: RunsTableProps) {
  const { w } = useWords()
  const place = useRef<HTMLDivElement>(null)
  const isVirtual = runs.length > ALL_ROWS
  const virtual = useWindowVirtualizer({
    count: isVirtual ? runs.length : 0,
    estimateSize: () => ROW_PX,
    overscan: 20,
    scrollMargin: place.current?.offsetTop ?? 0,
  })
  const items = virtual.getVirtualItems()
  const before = (items[0]?.start ?? 0) - (isVirtual ? virtual.options.scrollMargin : 0)
  const after = virtual.getTotalSize() - ((items.at(-1)?.end ?? 0) - virtual.options.scrollMargin)
  const shown = isVirtual ? items.map(({ index }) => index) : runs.map((_, index) => index)
  return (
    <div ref={place}>
      <p role="status" className="quiet">
        {w('runs.count', { count: runs.length })}
      </p>
      <ScrollArea label={w('nav.runs')}>
        <table className="table" aria-rowcount={runs.length + 1}>
          <thead>
            <tr>
              <th scope="col">{w('runs.selected')}</th>
              <th scope="col">{w('runs.name')}</th>
              <th scope="col">{w('members.state')}</th>
              <th scope="col">{w('run.round')}</th>
              <th scope="col">{w('runs.federation')}</th>
              <th scope="col">{w('run.model')}</th>
              <th scope="col">{w('runs.metric')}</th>
              <th scope="col">{w('runs.course')}</th>
              <th scope="col">{w('run.bytes')}</th>
              <th scope="col">{w('run.duration')}</th>
              <th scope="col">{w('run.owner')}</th>
              <th scope="col">{w('runs.created')}</th>
            </tr>
          </thead>
          <tbody>
            <Space height={before} />
            {shown.map((index) => {
              const run = runs[index]
              return run === undefined ? null : (
                <Row
                  key={run.id}
                  run={run}
                  row={index + 2}
                  federation={federations.get(run.federation) ?? run.federation}
                  isSelected={selected.includes(run.id)}
                  onToggle={onToggle}
                />
              )
            })}
            <Space height={isVirtual ? after : 0} />
          </tbody>
        </table>
      </ScrollArea>
    </div>
  )
}

const Space = ({ height }: { height: number }) =>
  height <= 0 ? null : (
    <tr>
      <td colSpan={12} style={{ height, padding: 0 }} />
    </tr>
  )

interface RowProps {
  readonly run: Run
  readonly row: number
  readonly federation: string
  readonly isSelected: boolean
  readonly onToggle: (id: string) => void
}

const Row = memo(function Row({ run, row, federation, isSelected, onToggle }: RowProps) {
  const { w, language } = useWords()
  const metric = 'accuracy' in run.metrics ? 'accuracy' : (Object.keys(run.metrics)[0] ?? 'accuracy')
  return (
    <tr aria-rowindex={row}>
      <td>
        <input
          type="checkbox"
          className={styles.select}
          aria-label={w('runs.select-one', { name: run.name })}
          checked={isSelected}
          onChange={() => onToggle(run.id)}
        />
      </td>
      <th scope="row">
        <Link to={`/runs/${run.id}`}>{run.name}</Link>
      </th>
      <td>
        <PhaseBadge phase={run.phase} />
      </td>
      <td>
        {run.round}/{run.config.rounds}
      </td>
      <td>{federation}</td>
      <td>
        {run.config.strategy.name} · {run.config.model.name}
      </td>
      <td>{formatMetric(metric, run.metrics[metric], language)}</td>
      <td>
        <Spark run={run} />
      </td>
      <td>{formatBytes(run.bytesUp + run.bytesDown, language)}</td>
      <td>
        <Duration from={run.startedAt} to={run.endedAt} />
      </td>
      <td>{run.createdBy}</td>
      <td>
        <When at={run.createdAt} />
      </td>
    </tr>
  )
})
