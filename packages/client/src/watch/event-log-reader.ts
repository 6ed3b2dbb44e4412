import type { LoggedEvent } from '@tributary/protocol'

/** How far a log was read. `stream` changes when the coordinator's store was put back from a backup. */
export interface LogPosition {
  readonly stream: string | null
  /** The last event that was handed on; 0 before the first. */
  readonly lastSeq: number
}

export interface LogReading {
  readonly position: LogPosition
  /** To hand on, in order, without a gap and without repetition. */
  readonly events: readonly LoggedEvent[]
  /** Events before the next one at hand are missing: fetch them after `position`. */
  readonly isMissing: boolean
  /** The log is another one; it is read from its beginning. */
  readonly isRestarted: boolean
}

/** Moves to the log that the coordinator has now. */
export function atStream(position: LogPosition, stream: string): { position: LogPosition; isRestarted: boolean } {
  if (position.stream === stream) return { position, isRestarted: false }
  if (position.stream === null) return { position: { ...position, stream }, isRestarted: false }
  return { position: { stream, lastSeq: 0 }, isRestarted: true }
}

/** Takes from a frame what continues the log: drops seq ≤ last, stops at a hole or at another stream's first event. */
export function readFrame(before: LogPosition, frame: readonly LoggedEvent[]): LogReading {
  const events: LoggedEvent[] = []
  let position = before
  for (const event of frame) {
    const moved = atStream(position, event.stream)
    if (moved.isRestarted) return { position: moved.position, events, isMissing: true, isRestarted: true }
    position = moved.position
    if (event.seq <= position.lastSeq) continue
    if (event.seq > position.lastSeq + 1) return { position, events, isMissing: true, isRestarted: false }
    position = { ...position, lastSeq: event.seq }
    events.push(event)
  }
  return { position, events, isMissing: false, isRestarted: false }
}
