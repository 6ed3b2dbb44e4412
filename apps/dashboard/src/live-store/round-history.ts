import { NO_TIME, partStates, type Round, type RoundColumns, type RoundLine } from '@tributary/protocol'

type Part = Round['participants'][number]
/** What is shown of one participant's part in any round. */
export type RoundPart = Pick<Part, 'name' | 'state' | 'selectedAt' | 'downloadedAt' | 'uploadedAt' | 'trainSeconds'>
/** A round as it is drawn; a whole `Round` is one as well. */
export interface ShownRound extends Omit<Round, 'run' | 'participants'> {
  readonly participants: readonly RoundPart[]
}

/** Cells of a round history: state 0 is one who was not asked, otherwise 1 + the place in `partStates`; milliseconds after opening. */
interface Cells {
  readonly state: Uint8Array
  readonly selected: Uint32Array
  readonly downloaded: Uint32Array
  readonly uploaded: Uint32Array
  readonly trained: Uint32Array
}

/** Rounds that were over before the snapshot: columns of numbers, from which a round is made when somebody looks at it. */
export class RoundHistory {
  static readonly empty = new RoundHistory(
    [],
    [],
    decoded({ state: '', selected: '', downloaded: '', uploaded: '', trained: '' }),
  )

  readonly lines: readonly RoundLine[]
  /** Names by column; one who left and came again may stand there twice. */
  readonly names: readonly string[]
  readonly cells: Cells

  /** Rounds before the newest, which is kept as a whole. */
  static of({ rounds, members, cells, newest }: RoundColumns): RoundHistory {
    const before = newest === null ? rounds : rounds.filter(({ round }) => round < newest.round)
    return new RoundHistory(
      before,
      members.map(({ name }) => name),
      decoded(cells),
    )
  }

  private constructor(lines: readonly RoundLine[], names: readonly string[], cells: Cells) {
    this.lines = lines
    this.names = names
    this.cells = cells
  }

  get lastRound(): number {
    return this.lines.at(-1)?.round ?? 0
  }

  /** The round at this place. */
  at(index: number): ShownRound | null {
    const line = this.lines[index]
    if (line === undefined) return null
    const opened = Date.parse(line.openedAt)
    const timeAt = (times: Uint32Array, cell: number) => {
      const after = times[cell] ?? NO_TIME
      return after === NO_TIME ? null : new Date(opened + after).toISOString()
    }
    const { state, selected, downloaded, uploaded, trained } = this.cells
    const participants = this.names.flatMap((name, column): RoundPart[] => {
      const cell = index * this.names.length + column
      const known = partStates[(state[cell] ?? 0) - 1]
      if (known === undefined) return []
      const milliseconds = trained[cell] ?? NO_TIME
      return [
        {
          name,
          state: known,
          selectedAt: timeAt(selected, cell) ?? line.openedAt,
          downloadedAt: timeAt(downloaded, cell),
          uploadedAt: timeAt(uploaded, cell),
          trainSeconds: milliseconds === NO_TIME ? null : milliseconds / 1000,
        },
      ]
    })
    const { asked: _, accepted: __, bytes: ___, ...rest } = line
    return { ...rest, participants }
  }
}

function decoded(cells: RoundColumns['cells']): Cells {
  const words = (text: string): Uint32Array => {
    const bytes = bytesOf(text)
    // A byte order other than the wire's is not met in any browser's engine, and would show at once.
    return new Uint32Array(bytes.buffer, 0, bytes.length >> 2)
  }
  return {
    state: bytesOf(cells.state),
    selected: words(cells.selected),
    downloaded: words(cells.downloaded),
    uploaded: words(cells.uploaded),
    trained: words(cells.trained),
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at)
  return bytes
}

/** A whole round without its participants' parts. */
export function lineOf({ run: _, participants, ...rest }: Round): RoundLine {
  const accepted = participants.filter(({ state }) => state === 'accepted').length
  return { ...rest, asked: participants.length, accepted, bytes: participants.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0) }
}
