import { quantile } from '@tributary/protocol'
import type { RoundPart, ShownRound } from '../live-store/index.ts'

export type BarPhase = 'download' | 'train' | 'upload' | 'wait'
export interface Bar {
  readonly phase: BarPhase
  /** Seconds from the round's opening. */
  readonly from: number
  readonly to: number
}
export interface TimelineRow {
  readonly name: string
  readonly state: RoundPart['state']
  readonly bars: readonly Bar[]
  /** Seconds behind the median of the updates' arrival; null while it is not known. */
  readonly lateness: number | null
  readonly trainSeconds: number | null
}
export interface Timeline {
  /** Seconds from the opening to the end of the picture. */
  readonly length: number
  readonly deadline: number
  readonly median: number | null
  /** The latest first. */
  readonly rows: readonly TimelineRow[]
}

/**
 * A round as bars: download until the model was sent, then training for as long as the participant reports, upload until its update
 * was durable, and waiting for the others. Moments are the server's; only the length of training is the participant's own. While
 * there is no update, the time after the download counts as training.
 */
export function timelineOf(round: ShownRound, now: number): Timeline {
  const opened = Date.parse(round.openedAt)
  const since = (at: string) => (Date.parse(at) - opened) / 1000
  const end = round.closedAt === null ? Math.max(0, (now - opened) / 1000) : since(round.closedAt)
  const arrivals = round.participants.flatMap(({ uploadedAt }) => (uploadedAt === null ? [] : [since(uploadedAt)]))
  const median = quantile(
    arrivals.sort((a, b) => a - b),
    0.5,
  )
  const rows = round.participants.map((part): TimelineRow => {
    const { downloadedAt, uploadedAt, trainSeconds, selectedAt } = part
    const asked = since(selectedAt)
    const downloaded = downloadedAt === null ? null : since(downloadedAt)
    const uploaded = uploadedAt === null ? null : since(uploadedAt)
    const bars: Bar[] = []
    const isWorking = part.state === 'selected' || part.state === 'downloaded' || part.state === 'missing'
    const last = uploaded ?? (isWorking ? end : (downloaded ?? asked))
    if (downloaded === null) bars.push({ phase: 'download', from: asked, to: last })
    else {
      const trained = trainSeconds === null ? last : Math.min(last, downloaded + trainSeconds)
      bars.push({ phase: 'download', from: asked, to: downloaded }, { phase: 'train', from: downloaded, to: trained })
      if (trained < last) bars.push({ phase: 'upload', from: trained, to: last })
    }
    if (uploaded !== null && uploaded < end) bars.push({ phase: 'wait', from: uploaded, to: end })
    const moment = uploaded ?? (isWorking ? end : null)
    const lateness = median === null || moment === null ? null : moment - median
    return { name: part.name, state: part.state, bars, lateness, trainSeconds }
  })
  rows.sort((a, b) => (b.lateness ?? -1e9) - (a.lateness ?? -1e9) || a.name.localeCompare(b.name))
  return { length: Math.max(end, 0.001), deadline: since(round.deadlineAt), median, rows }
}

/** Late by more than this share of the median's own time is called slow. */
const SLOW_SHARE = 0.5
const SLOW_SECONDS = 1
export const isStraggler = ({ lateness }: TimelineRow, { median }: Timeline): boolean =>
  lateness !== null && median !== null && lateness > Math.max(SLOW_SECONDS, SLOW_SHARE * median)
