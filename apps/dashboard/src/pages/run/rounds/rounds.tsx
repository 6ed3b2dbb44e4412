import type { RoundLine } from '@tributary/protocol'
import { useMemo } from 'react'
import { type Changes, useAddress } from '../../../app/address.ts'
import { heatMapOf } from '../../../charts/heat-map.ts'
import { PagedTable } from '../../../charts/paged-table.tsx'
import { formatMetric } from '../../../format/numbers.ts'
import { formatSeconds, secondsBetween } from '../../../format/times.ts'
import { roundLines, shownRound } from '../../../live-store/index.ts'
import { useNow } from '../../../widgets/now.ts'
import { useWords } from '../../../words/words.ts'
import type { RunParts } from '../run-page.tsx'
import { HeatMapFigure } from './heat-map-figure.tsx'
import { RoundTimeline } from './round-timeline.tsx'

/** All rounds as a heat map; the chosen one as a timeline of its participants; and both as a table. */
export default function Rounds({ state }: RunParts) {
  const { w, language } = useWords()
  const { history, rounds, run } = state
  const [search, set] = useAddress()
  const map = useMemo(() => heatMapOf({ history, rounds }), [history, rounds])
  const lines = useMemo(() => roundLines({ history, rounds }), [history, rounds])
  const placeOf = (asked: URLSearchParams) => {
    const found = lines.findIndex(({ round }) => round === Number(asked.get('round')))
    return found === -1 ? lines.length - 1 : found
  }
  const chosen = placeOf(search)
  const line = lines[chosen]
  const isOpen = line !== undefined && line.closedAt === null && run.endedAt === null
  const now = useNow(1_000, isOpen)
  const shown = useMemo(() => {
    const round = shownRound({ history, rounds }, chosen)
    return round === null ? null : { ...round, closedAt: round.closedAt ?? run.endedAt }
  }, [history, rounds, chosen, run.endedAt])
  const choose = (round: number) => set({ round: String(round) })
  // From the address as it is: a key that is held must not start twice from the same round.
  const step = (by: number) =>
    set((now): Changes => {
      const next = lines[Math.max(0, Math.min(lines.length - 1, placeOf(now) + by))]
      return next === undefined ? {} : { round: String(next.round) }
    })
  if (line === undefined || shown === null) return <p>{w('rounds.empty')}</p>
  const endOf = (one: RoundLine) => one.closedAt ?? run.endedAt
  return (
    <div className="stack">
      <HeatMapFigure map={map} chosen={line.round} onChoose={choose} onStep={step} />
      <RoundTimeline round={shown} now={now} />
      <section aria-labelledby="rounds-table">
        <h2 id="rounds-table">{w('rounds.table')}</h2>
        <PagedTable
          caption={w('rounds.table')}
          head={[
            w('run.round'),
            w('members.state'),
            w('run.updates'),
            w('run.duration'),
            w('rounds.missing'),
            w('rounds.metrics'),
          ]}
          count={lines.length}
          row={(index) => {
            // The newest first.
            const at = lines.length - 1 - index
            const one = lines[at]
            const parts = shownRound({ history, rounds }, at)?.participants ?? []
            if (one === undefined) return []
            const missing = one.closedAt === null ? [] : parts.filter((part) => part.state !== 'accepted')
            return [
              String(one.round),
              w(`round.${one.phase}`),
              `${one.accepted}/${one.asked}`,
              formatSeconds(secondsBetween(one.openedAt, endOf(one), now), language),
              missing.map((part) => `${part.name}: ${w(`part.${part.state}`)}`).join(', ') || '—',
              Object.entries(one.metrics)
                .map(([name, value]) => `${name} ${formatMetric(name, value, language)}`)
                .join(', ') || '—',
            ]
          }}
        />
      </section>
    </div>
  )
}
