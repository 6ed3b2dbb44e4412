import { useCallback, useMemo } from 'react'
import { Canvas } from '../../../charts/canvas.tsx'
import { barColours, drawGantt, ROW_PX } from '../../../charts/gantt-canvas.ts'
import { Legend } from '../../../charts/legend.tsx'
import { type Bar, type BarPhase, isStraggler, type TimelineRow, timelineOf } from '../../../charts/round-timeline.ts'
import { NONE } from '../../../format/numbers.ts'
import { formatSeconds } from '../../../format/times.ts'
import type { ShownRound } from '../../../live-store/index.ts'
import { ScrollArea } from '../../../widgets/scroll-area.tsx'
import { useWords } from '../../../words/words.ts'
import styles from './round-timeline.module.css'

const phases: readonly BarPhase[] = ['download', 'train', 'upload', 'wait']

/** One round, a row for each participant: what it did when, and how late it was against the median. The slowest first. */
export function RoundTimeline({ round, now }: { round: ShownRound; now: number }) {
  const { w, language } = useWords()
  // A round that is over stays as it is drawn.
  const until = round.closedAt === null ? now : Date.parse(round.closedAt)
  const timeline = useMemo(() => timelineOf(round, until), [round, until])
  const draw = useCallback((canvas: HTMLCanvasElement, width: number) => drawGantt(canvas, width, timeline), [timeline])
  const slow = timeline.rows.filter((row) => isStraggler(row, timeline))
  const title = w('timeline.title', { round: round.round })
  const seconds = (bars: readonly Bar[], phase: BarPhase) => {
    const bar = bars.find((one) => one.phase === phase)
    return bar === undefined ? NONE : formatSeconds(bar.to - bar.from, language)
  }
  const late = ({ lateness }: TimelineRow) => {
    if (lateness === null) return NONE
    const text = formatSeconds(Math.abs(lateness), language)
    return w(lateness >= 0 ? 'timeline.late' : 'timeline.early', { text })
  }
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {slow.map((row) => (
        <p key={row.name} className="notice" data-kind="warn" data-straggler={row.name} data-lateness={row.lateness}>
          {w('timeline.straggler', { name: row.name, text: formatSeconds(row.lateness, language) })}
        </p>
      ))}
      <Legend items={phases.map((phase) => [barColours[phase], w(`timeline.${phase}`)])} />
      <ScrollArea label={title}>
        <table className={`table ${styles.table}`}>
          <thead>
            <tr>
              <th scope="col">{w('members.name')}</th>
              <th scope="col">{w('members.state')}</th>
              <th scope="col">{w('timeline.lateness')}</th>
              <th scope="col">{w('timeline.download')}</th>
              <th scope="col">{w('timeline.train')}</th>
              <th scope="col">{w('timeline.upload')}</th>
              <th scope="col" className={styles.bars}>
                {w('timeline.picture', { length: formatSeconds(timeline.length, language) })}
              </th>
            </tr>
          </thead>
          <tbody>
            {timeline.rows.map((row, index) => (
              <tr key={row.name} style={{ height: ROW_PX }}>
                <th scope="row">{row.name}</th>
                <td>{w(`part.${row.state}`)}</td>
                <td>{late(row)}</td>
                <td>{seconds(row.bars, 'download')}</td>
                <td>{seconds(row.bars, 'train')}</td>
                <td>{seconds(row.bars, 'upload')}</td>
                {index === 0 ? (
                  <td rowSpan={timeline.rows.length} className={styles.picture}>
                    <Canvas height={timeline.rows.length * ROW_PX} draw={draw} />
                  </td>
                ) : null}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollArea>
    </section>
  )
}
