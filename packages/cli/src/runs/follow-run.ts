import { type CoordinatorApi, watchRun } from '@tributary/client'
import type { TributaryError } from '@tributary/protocol'
import type { ProgressView } from '../output/progress-view.ts'
import { formatRow, formatTable } from '../output/table.ts'
import { ParticipantStates } from './participant-states.ts'
import { PhaseTimes } from './phase-times.ts'
import { RoundHistory } from './round-history.ts'
import { roundCells, roundColumns } from './round-rows.ts'

export interface FollowOptions {
  readonly view: ProgressView
  readonly signal: AbortSignal
  readonly onTrouble?: (error: TributaryError) => void
}

export interface Followed {
  readonly history: RoundHistory
  readonly times: PhaseTimes
}

/** Shows a run while it lasts: each participant's progress, and a row for each round that closes. Resolves when the run ends. */
export async function followRun(api: CoordinatorApi, run: string, { view, signal, onTrouble }: FollowOptions): Promise<Followed> {
  const states = new ParticipantStates()
  let history = new RoundHistory()
  let times = new PhaseTimes()
  for (const line of formatTable(roundColumns, [])) view.line(line)
  const events = watchRun(api, run, {
    signal,
    ...(onTrouble === undefined ? {} : { onTrouble }),
    onProgress: ({ participants }) => {
      for (const participant of participants) states.addProgress(participant)
      view.show(states.all)
    },
    onRestart: () => {
      history = new RoundHistory()
      times = new PhaseTimes()
      view.line('The coordinator was put back from a backup; the rounds follow anew.')
    },
  })
  for await (const logged of events) {
    times.add(logged)
    states.addEvent(logged)
    const closed = history.add(logged)
    if (closed !== null) view.line(formatRow(roundColumns, roundCells(closed)))
    const { event } = logged
    if (event.type === 'round.overdue')
      view.line(
        `Round ${event.data.round} is overdue: ${event.data.accepted} of ${event.data.minimum} updates; waiting until ${event.data.patienceUntil}.`,
      )
    view.show(states.all)
  }
  return { history, times }
}
