import type { LoggedEvent } from '@tributary/protocol'
import { useEffect, useRef } from 'react'
import { useAnnouncer } from '../../app/announcer.tsx'
import { formatMetric } from '../../format/numbers.ts'
import type { HorizontalRun, LiveView } from '../../live-store/index.ts'
import { useWords } from '../../words/words.ts'

/** Says what happens to who cannot see it: rounds that close, politely; a failed run and a lost connection at once. */
export function useRunNews({ state, isStale }: LiveView<HorizontalRun, LoggedEvent>): void {
  const { w, language } = useWords()
  const { say, warn } = useAnnouncer()
  const closed = state?.rounds.findLast(({ phase }) => phase === 'closed')
  const toldRound = useRef<number | null>(null)
  const round = closed?.round ?? 0
  useEffect(() => {
    if (state === null) return
    const isFirst = toldRound.current === null
    if (toldRound.current === round) return
    toldRound.current = round
    if (isFirst || closed === undefined) return
    const metric = Object.entries(closed.metrics)[0]
    const value = metric === undefined ? '' : `${metric[0]} ${formatMetric(metric[0], metric[1], language)}`
    say(w('news.round-closed', { round, value }))
  }, [state, round, closed, say, w, language])
  const phase = state?.run.phase
  const told = useRef(phase)
  useEffect(() => {
    if (told.current !== undefined && told.current !== phase && phase === 'failed') warn(w('news.failed'))
    told.current = phase
  }, [phase, warn, w])
  useEffect(() => {
    if (isStale) warn(w('news.stale'))
  }, [isStale, warn, w])
}
