import type { MessageKind, VerticalEvent } from '@tributary/protocol'
import { formatBytes } from '../output/units.ts'

type MessageEvent = Extract<VerticalEvent, { type: 'vertical.message' }>['data']

interface Lane {
  readonly kind: MessageKind
  readonly from: Set<string>
  readonly to: Set<string>
  count: number
  bytes: number
}

/** Kinds whose content is rows or sums of them; the others are counts, scalars and keys. */
const shown: readonly MessageKind[] = ['psi-set', 'psi-final', 'psi-common', 'u', 'd', 'open']

/** What went over which lane of the hub since the last look, in a short form: "u host→guest 787 kB, open 2 parties→keys 1.3 MB". */
export class Lanes {
  #lanes = new Map<MessageKind, Lane>()

  add({ kind, from, to, bytes }: MessageEvent): void {
    const lane = this.#lanes.get(kind) ?? { kind, from: new Set(), to: new Set(), count: 0, bytes: 0 }
    lane.from.add(from)
    lane.to.add(to)
    lane.count += 1
    lane.bytes += bytes
    this.#lanes.set(kind, lane)
  }

  take(): string {
    const lanes = shown.flatMap((kind) => {
      const lane = this.#lanes.get(kind)
      return lane === undefined ? [] : [`${kind} ${who(lane.from)}→${who(lane.to)} ${formatBytes(lane.bytes)}`]
    })
    this.#lanes = new Map()
    return lanes.join(', ')
  }
}

const who = (names: ReadonlySet<string>): string => {
  const [first = ''] = names
  return names.size === 1 ? first : `${names.size} parties`
}
