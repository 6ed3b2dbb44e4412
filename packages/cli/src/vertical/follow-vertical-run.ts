import { type VerticalApi, watchVerticalRun } from '@tributary/client'
import type { LoggedVerticalEvent, Published, SignedHead, TributaryError, VerticalEvent } from '@tributary/protocol'
import type { ProgressView } from '../output/progress-view.ts'
import { formatRow, formatTable } from '../output/table.ts'
import { countOf } from '../output/units.ts'
import { Lanes } from './lanes.ts'
import { manifestLines } from './manifest-lines.ts'
import { VerticalPhaseTimes } from './phase-times.ts'

export interface FollowVerticalOptions {
  readonly view: Pick<ProgressView, 'line'>
  readonly signal: AbortSignal
  readonly onTrouble?: (error: TributaryError) => void
  readonly pollMilliseconds?: number
}

export interface VerticalStep {
  readonly step: number
  readonly closing: boolean
  readonly f: number | null
}

/** What a run has told until it ended. */
export interface FollowedVertical {
  readonly rows: number | null
  readonly steps: readonly VerticalStep[]
  readonly ended: Extract<Published, { type: 'ended' }> | null
  readonly head: SignedHead | null
  readonly times: VerticalPhaseTimes
}

const stepColumns = [
  { title: 'step', align: 'right', width: 7 },
  { title: 'f', align: 'right', width: 14 },
  { title: 'audit head', width: 22 },
  { title: 'encrypted, by way of the hub' },
] as const

/** Shows a run while it lasts. Resolves when the run ends, whichever way. */
export async function followVerticalRun(
  api: VerticalApi,
  run: string,
  options: FollowVerticalOptions,
): Promise<FollowedVertical> {
  const { view, signal, onTrouble, pollMilliseconds } = options
  let story = new Story(view, api, run, signal)
  const events = watchVerticalRun(api, run, {
    signal,
    ...(onTrouble === undefined ? {} : { onTrouble }),
    ...(pollMilliseconds === undefined ? {} : { pollMilliseconds }),
    onRestart: () => {
      story = new Story(view, api, run, signal)
      view.line('The coordinator was put back from a backup; the events follow anew.')
    },
  })
  for await (const logged of events) await story.add(logged)
  return story
}

class Story implements FollowedVertical {
  rows: number | null = null
  ended: FollowedVertical['ended'] = null
  head: SignedHead | null = null
  readonly steps: VerticalStep[] = []
  readonly times = new VerticalPhaseTimes()
  readonly #view: Pick<ProgressView, 'line'>
  readonly #api: VerticalApi
  readonly #run: string
  readonly #signal: AbortSignal
  readonly #lanes = new Lanes()
  #closing = false

  constructor(view: Pick<ProgressView, 'line'>, api: VerticalApi, run: string, signal: AbortSignal) {
    this.#view = view
    this.#api = api
    this.#run = run
    this.#signal = signal
  }

  async add(logged: LoggedVerticalEvent): Promise<void> {
    this.times.add(logged)
    const { event } = logged
    if (event.type === 'vertical.message') this.#lanes.add(event.data)
    const lines = event.type === 'vertical.published' ? this.#published(event.data) : await this.#told(event)
    for (const line of lines) this.#view.line(line)
  }

  async #told(event: Exclude<VerticalEvent, { type: 'vertical.published' }>): Promise<string[]> {
    switch (event.type) {
      case 'vertical.manifest': {
        const { manifest, manifestSha256 } = await this.#api.run(this.#run, this.#signal)
        const lines = manifest === null ? [] : manifestLines(manifest, manifestSha256 ?? '')
        return [`${event.data.by} wrote and signed the manifest.`, ...lines]
      }
      case 'vertical.approved':
        return [`${event.data.name} checked and signed it.`]
      case 'vertical.refused':
        return [`${event.data.name} refused it: ${event.data.reason} (${event.data.code})`]
      case 'vertical.action': {
        const { action, by, reason } = event.data
        return action === 'create' ? [] : [`${by}: ${action} (${reason})`]
      }
      case 'vertical.state':
        if (event.data.to === 'paused') return ['Paused.']
        return event.data.from === 'paused' && event.data.to === 'running' ? ['Goes on.'] : []
      case 'vertical.message':
        return []
    }
  }

  #published(published: Published): string[] {
    switch (published.type) {
      case 'aligned':
        this.rows = published.rows
        return [
          '',
          `Aligned: ${countOf(published.rows, 'common row')}. ${this.#lanes.take()}`,
          '',
          ...formatTable(stepColumns, []),
        ]
      case 'step.opened':
        this.#closing = published.closing
        return []
      case 'step.closed': {
        const { step, f, head } = published
        this.head = head
        this.steps.push({ step, closing: this.#closing, f })
        const name = this.#closing ? 'closing' : String(step)
        const cells = [name, f === null ? '-' : f.toFixed(6), `${head.seq} ${head.hash.slice(0, 16)}`, this.#lanes.take()]
        return [formatRow(stepColumns, cells)]
      }
      case 'key.reissued':
        return [`Step ${published.step} begins again under the new key ${published.keyId}.`]
      case 'ended':
        this.ended = published
        this.head = published.head
        return []
      case 'opening':
        return []
    }
  }
}
