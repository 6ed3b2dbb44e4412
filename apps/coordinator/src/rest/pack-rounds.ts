import type { RoundMember } from '@tributary/federation'
import { NO_TIME, type ParticipantId, partStates, type RoundColumns, type RoundLine } from '@tributary/protocol'
import type { View } from '../access/view.ts'
import type { StoredRound } from '../storage/stored-round.ts'

/** What happened to one participant in one round; milliseconds after the round's opening. */
interface Cell {
  readonly state: number
  readonly selected: number
  readonly downloaded: number
  readonly uploaded: number
  readonly trained: number
}
interface PackedRound {
  readonly line: RoundLine
  /** By column; a column that came later has no cell here. */
  readonly cells: readonly (Cell | undefined)[]
}

type Member = RoundColumns['members'][number]

const UNASKED: Cell = { state: 0, selected: NO_TIME, downloaded: NO_TIME, uploaded: NO_TIME, trained: NO_TIME }

/** Rounds of one run that are over, in a form in which a thousand of them are sent at once. */
export class PackedRounds {
  readonly #columns: Map<ParticipantId, number>
  readonly #members: Member[]
  readonly #rounds: PackedRound[]

  constructor(columns = new Map<ParticipantId, number>(), members: readonly Member[] = [], rounds: readonly PackedRound[] = []) {
    this.#columns = new Map(columns)
    this.#members = [...members]
    this.#rounds = [...rounds]
  }

  get lastRound(): number {
    return this.#rounds.at(-1)?.line.round ?? 0
  }

  /** A copy to add to. The newest round may be written again: its account is only final when there is another after it. */
  withoutNewest(): PackedRounds {
    return new PackedRounds(this.#columns, this.#members, this.#rounds.slice(0, -1))
  }

  add({ open, phase, closedAt, modelSha256, metrics }: StoredRound): void {
    const cells: (Cell | undefined)[] = []
    let bytes = 0
    let accepted = 0
    for (const member of open.members) {
      cells[this.#columnOf(member)] = cellOf(member, open.openedAt)
      bytes += member.update?.bytes ?? 0
      if (member.status === 'accepted') accepted += 1
    }
    const iso = (at: number) => new Date(at).toISOString()
    const times = { openedAt: iso(open.openedAt), deadlineAt: iso(open.deadlineAt), closedAt: iso(closedAt) }
    const line = { round: open.number, phase, ...times, modelSha256, metrics, asked: open.members.length, accepted, bytes }
    this.#rounds.push({ line, cells })
  }

  lines(): RoundLine[] {
    return this.#rounds.map(({ line }) => line)
  }

  members(view: View): RoundColumns['members'] {
    return this.#members.map(({ participant, name }) => ({ participant: view.id(participant, name), name: view.name(name) }))
  }

  /** Cells as this reader may know them. */
  cells(view: View): RoundColumns['cells'] {
    const width = this.#members.length
    const single = this.#members.map(({ participant, name }) => view.single(name, participant))
    const state = new Uint8Array(this.#rounds.length * width)
    const times = () => new DataView(new ArrayBuffer(4 * this.#rounds.length * width))
    const columns = { selected: times(), downloaded: times(), uploaded: times(), trained: times() }
    this.#rounds.forEach(({ cells }, row) => {
      for (let column = 0; column < width; column += 1) {
        const at = row * width + column
        const cell = cells[column] ?? UNASKED
        state[at] = cell.state
        columns.selected.setUint32(4 * at, cell.selected, true)
        columns.downloaded.setUint32(4 * at, cell.downloaded, true)
        columns.uploaded.setUint32(4 * at, cell.uploaded, true)
        columns.trained.setUint32(4 * at, single[column] === true ? cell.trained : NO_TIME, true)
      }
    })
    const { selected, downloaded, uploaded, trained } = columns
    const text = ({ buffer }: { buffer: ArrayBuffer }) => Buffer.from(buffer).toString('base64')
    return {
      state: text(state),
      selected: text(selected),
      downloaded: text(downloaded),
      uploaded: text(uploaded),
      trained: text(trained),
    }
  }

  #columnOf({ id, name }: RoundMember): number {
    const known = this.#columns.get(id)
    if (known !== undefined) return known
    this.#columns.set(id, this.#members.length)
    this.#members.push({ participant: id, name })
    return this.#members.length - 1
  }
}

export const noCells: RoundColumns['cells'] = { state: '', selected: '', downloaded: '', uploaded: '', trained: '' }

function cellOf({ status, selectedAt, downloadedAt, uploadedAt, update }: RoundMember, openedAt: number): Cell {
  const since = (at: number | null) => (at === null ? NO_TIME : Math.min(NO_TIME - 1, Math.max(0, Math.round(at - openedAt))))
  const isUnanswered = status === 'selected' || status === 'downloaded'
  return {
    state: 1 + partStates.indexOf(isUnanswered ? 'missing' : status),
    selected: since(selectedAt),
    downloaded: since(downloadedAt),
    uploaded: since(uploadedAt),
    trained: update === null ? NO_TIME : Math.min(NO_TIME - 1, Math.round(1000 * update.report.seconds)),
  }
}
