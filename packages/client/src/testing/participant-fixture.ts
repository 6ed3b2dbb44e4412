import type { Dataset } from '@tributary/data'
import { modelSpecification } from '@tributary/models/specification'
import { encodeModel, type ModelConfig, type RoundTask, type RunId } from '@tributary/protocol'
import type { ClientEvent } from '../client-event.ts'
import { type Clock, systemClock } from '../timing/clock.ts'
import type { Trainer, TrainerTask } from '../trainer.ts'

export const RUN = 'run_00000001' as RunId
export const OTHER_RUN = 'run_00000002' as RunId
/** 7,850 parameters: 31 kB. */
export const MODEL: ModelConfig = { name: 'softmax', inputShape: [784], outputs: 10 }

export const DATA: Dataset = {
  features: new Float32Array(5 * 784),
  featureShape: [784],
  labels: Float32Array.of(0, 1, 2, 3, 4),
  count: 5,
  classes: 10,
}

export const modelOf = (seed: number) => encodeModel(modelSpecification(MODEL).initialise(seed))

export function taskOf(change: Partial<RoundTask> & { encoded?: { sha256: string; bytes: Uint8Array } } = {}): RoundTask {
  const { encoded = modelOf(1), ...rest } = change
  return {
    run: RUN,
    round: 1,
    rounds: 3,
    model: MODEL,
    modelSha256: encoded.sha256,
    modelBytes: encoded.bytes.byteLength,
    form: 'parameters',
    training: { epochs: 1, batchSize: 10, optimiser: 'sgd', learningRate: 0.1 },
    seed: 7,
    deadlineAt: new Date(Date.now() + 60_000).toISOString(),
    ...rest,
  }
}

/** A clock whose pauses are a hundredth of the longest; keeps what was asked for. */
export function hastyClock(): Clock & { readonly pauses: number[] } {
  const pauses: number[] = []
  return {
    pauses,
    now: systemClock.now,
    random: () => 0.01,
    sleep(milliseconds, signal) {
      pauses.push(milliseconds)
      return systemClock.sleep(milliseconds, signal)
    },
  }
}

/** Adds 1 to each parameter; can be held up in the middle, and counts what it was asked. */
export class FakeTrainer {
  readonly tasks: TrainerTask[] = []
  aborted = 0
  fault: Error | null = null
  poison = false
  #gate: Promise<void> = Promise.resolve()
  #open: () => void = () => undefined

  /** Training stands still until release. */
  hold(): void {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  release(): void {
    this.#open()
  }

  readonly train: Trainer = async function* (this: FakeTrainer, task: TrainerTask) {
    this.tasks.push(task)
    try {
      yield { epoch: 1, epochs: 2, batch: 1, batches: 2, samples: 3, loss: 0.5, samplesPerSecond: 100 }
      await Promise.race([this.#gate, untilAborted(task.signal)])
      task.signal.throwIfAborted()
      if (this.fault !== null) throw this.fault
      const tensors = task.parameters.map(({ name, shape, data }) => ({ name, shape, data: data.map((value) => value + 1) }))
      if (this.poison && tensors[0] !== undefined) tensors[0].data[3] = Number.NaN
      return { tensors, samples: task.data.count, loss: 0.25, seconds: 0.5 }
    } finally {
      if (task.signal.aborted) this.aborted += 1
    }
  }.bind(this)
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))

/** Keeps events and lets a test wait for one. */
export class EventRecorder {
  readonly events: ClientEvent[] = []
  #listeners = new Set<() => void>()

  readonly record = (event: ClientEvent): void => {
    this.events.push(event)
    for (const listener of [...this.#listeners]) listener()
  }

  of<T extends ClientEvent['type']>(type: T): Extract<ClientEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<ClientEvent, { type: T }> => event.type === type)
  }

  /** Resolves with the n-th event of a type, now or later. */
  async nth<T extends ClientEvent['type']>(type: T, n = 1): Promise<Extract<ClientEvent, { type: T }>> {
    for (;;) {
      const found = this.of(type)[n - 1]
      if (found !== undefined) return found
      await new Promise<void>((resolve) => {
        const listener = () => {
          this.#listeners.delete(listener)
          resolve()
        }
        this.#listeners.add(listener)
      })
    }
  }
}

/** Long enough for what must not happen to have happened on loopback. */
export const settle = (milliseconds = 150) => new Promise((resolve) => setTimeout(resolve, milliseconds))

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}
