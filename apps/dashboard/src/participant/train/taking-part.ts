import type { BrowserParticipation, ClientEvent, JoinOptions, WebGpuRefusal } from '@tributary/client/browser'
import type { Evaluation } from '@tributary/models'
import { follow, notStarted, type TrainingOutcome, type TrainingState } from './progress.ts'

export type Stage = 'idle' | 'joining' | 'running' | 'paused' | 'left' | 'ended'

export interface Snapshot {
  readonly stage: Stage
  readonly name: string | null
  readonly training: TrainingState
  /** What training computes on, once it takes part. */
  readonly backend: string | null
  /** Why that is not WebGPU, though it was asked for. */
  readonly webgpuRefusal: WebGpuRefusal | null
  /** Why it ended, or why it could not begin. */
  readonly error: unknown
}

type Join = (options: JoinOptions) => Promise<BrowserParticipation>
type Given = Omit<JoinOptions, 'onEvent' | 'signal'>

/** One participation as the page steers it; a store for React's useSyncExternalStore. */
export class TakingPart {
  readonly #join: Join
  readonly #given: Given
  readonly #onJoined: () => void
  readonly #now: () => number
  readonly #listeners = new Set<() => void>()
  #participation: BrowserParticipation | null = null
  #snapshot: Snapshot = {
    stage: 'idle',
    name: null,
    training: notStarted,
    backend: null,
    webgpuRefusal: null,
    error: null,
  }
  #attempt = 0

  constructor(join: Join, given: Given, onJoined: () => void, now: () => number = Date.now) {
    this.#join = join
    this.#given = given
    this.#onJoined = onJoined
    this.#now = now
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly snapshot = (): Snapshot => this.#snapshot

  /** Joins, or comes back after a pause. */
  async start(): Promise<void> {
    const { stage } = this.#snapshot
    if (stage === 'joining' || stage === 'running') return
    this.#attempt += 1
    const attempt = this.#attempt
    const isCurrent = () => attempt === this.#attempt
    this.#change({ stage: 'joining', error: null, training: { ...this.#snapshot.training, line: 'joining', problem: null } })
    const onEvent = (event: ClientEvent) => {
      if (isCurrent()) this.#change({ training: follow(this.#snapshot.training, event, this.#now()) })
    }
    try {
      const participation = await this.#join({ ...this.#given, onEvent })
      // The page went meanwhile: nobody would ever end what was joined.
      if (!isCurrent()) return await participation.close()
      this.#participation = participation
      this.#onJoined()
      const { participant, backend, webgpuRefusal } = participation
      this.#change({ stage: 'running', name: participant.name, backend, webgpuRefusal })
      participation.done.then(
        () => undefined,
        (error: unknown) => isCurrent() && this.#change({ stage: 'ended', error }),
      )
    } catch (error) {
      if (isCurrent()) this.#change({ stage: 'ended', error })
    }
  }

  /** Disconnects; a round that is under way goes on without this participant. */
  async pause(): Promise<void> {
    if (this.#snapshot.stage !== 'running') return
    this.#attempt += 1
    this.#change({ stage: 'paused', training: { ...this.#snapshot.training, task: null, phase: 'waiting', fraction: 0 } })
    await this.#participation?.close()
  }

  /** For good. Where the coordinator cannot be told, it stays in. */
  async leave(): Promise<void> {
    try {
      await this.#participation?.leave()
      this.#change({ stage: 'left', error: null })
    } catch (error) {
      this.#change({ error })
    }
  }

  /** What the model that a run ended with is worth on the rows held out here. */
  async score({ model, modelSha256 }: TrainingOutcome): Promise<Evaluation | null> {
    return model === null || modelSha256 === null ? null : (this.#participation?.score(model, modelSha256) ?? null)
  }

  async modelFile(sha256: string): Promise<Blob> {
    if (this.#participation === null) throw new Error('nothing was joined')
    return new Blob([await this.#participation.model(sha256)], { type: 'application/octet-stream' })
  }

  /** When the page goes. */
  async close(): Promise<void> {
    this.#attempt += 1
    await this.#participation?.close()
  }

  #change(change: Partial<Snapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change }
    for (const listener of this.#listeners) listener()
  }
}
