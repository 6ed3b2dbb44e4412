import type { Dataset } from '@tributary/data'
import type { WasmFiles, WebGpuRefusal } from '@tributary/models'
import { TributaryError } from '@tributary/protocol'
import type { ClientEvent } from '../client-event.ts'
import type { CoreJoinOptions, Participation } from '../participation.ts'
import { deferred } from '../timing/deferred.ts'
import { awake } from './wake-lock.ts'
import { eventFromSaying, fromPlain, type MemoryReport, type Saying } from './worker-messages.ts'
import { WorkerPeer } from './worker-peer.ts'

/** A worker takes neither functions of the page nor another store: training, connection and identity are its own. */
export interface JoinOptions extends Omit<CoreJoinOptions, 'identity' | 'trainer' | 'fetch' | 'clock'> {
  /** Addresses of TensorFlow.js's WASM files; with Vite, imports that end in `?url`. */
  readonly wasm: WasmFiles
  /**
   * Trains on WebGPU, if the probe steps that it does first come out finite and as on WASM; otherwise on WASM, and `webgpuRefusal` says
   * why. Its results differ from those of other machines in the last digits. Default: WASM, without a look at WebGPU.
   */
  readonly webgpu?: boolean | undefined
  /**
   * Local rows. Rows given by a function are moved to the worker and gone from the page; rows given as they are, are copied.
   */
  readonly data: Dataset | (() => Promise<Dataset>)
  /** Called after each round. Numbers that grow are a leak. */
  readonly onMemory?: ((memory: MemoryReport) => void) | undefined
}

export interface BrowserParticipation extends Participation {
  /** Why WebGPU is not used though it was asked for. */
  readonly webgpuRefusal: WebGpuRefusal | null
}

/**
 * As the core's joinFederation, in a worker, with the identity in this browser. One tab at a time takes part under a name.
 * @throws TributaryError as the core's, and `browser_unfit`, `participant_in_other_tab`
 */
export async function joinFederation(options: JoinOptions): Promise<BrowserParticipation> {
  const { data, wasm, webgpu = false, signal, onEvent, onMemory } = options
  const { url, invite, token, name, firstContactSeconds, holdOut } = options
  requireFitness()
  signal?.throwIfAborted()
  const isOwn = typeof data === 'function'
  const rows = isOwn ? await data() : data
  // Reading may have taken long; a signal that was given meanwhile is told to no listener that comes after it.
  signal?.throwIfAborted()
  // Without it the browser may throw the identity away when its disk fills up; a refusal changes nothing else.
  void navigator.storage?.persist?.().catch(() => false)

  const done = deferred<void>()
  const screen = awake()
  let hasEnded = false
  const end = (error: Error | null) => {
    hasEnded = true
    screen.rest()
    peer.end()
    signal?.removeEventListener('abort', close)
    if (error === null) done.resolve()
    else done.reject(error)
  }
  const hear = (saying: Saying) => {
    if (saying.type === 'memory') onMemory?.(saying.memory)
    else if (saying.type === 'ended') end(saying.error === null ? null : fromPlain(saying.error))
    else if (saying.type === 'event') tell(eventFromSaying(saying))
  }
  const tell = (event: ClientEvent) => {
    if (event.type === 'task') screen.stay()
    else if (event.type === 'runEnded') screen.rest()
    onEvent?.(event)
  }
  const worker = new Worker(new URL('./participant-worker.ts', import.meta.url), { type: 'module' })
  const peer = new WorkerPeer(worker, hear, end)
  const close = () => void closed()
  const closed = async () => {
    await peer.ask('close', undefined).catch(() => undefined)
    await done.promise.catch(() => undefined)
  }
  signal?.addEventListener('abort', close, { once: true })
  try {
    const ask = { options: { url, invite, token, name, firstContactSeconds, holdOut }, wasm, webgpu, data: rows }
    const { participant, backend, webgpuRefusal } = await peer.ask(
      'join',
      ask,
      isOwn ? [rows.features.buffer, rows.labels.buffer] : [],
    )
    return {
      participant,
      backend,
      webgpuRefusal,
      done: done.promise,
      leave: async (reason) => {
        await peer.ask('leave', reason).catch((error: unknown) => {
          // The end that it leads to may come before the answer.
          if (!hasEnded) throw error
        })
        await done.promise
      },
      model: (sha256) => peer.ask('model', sha256),
      score: (config, sha256) => peer.ask('score', { config, sha256 }),
      close: closed,
    }
  } catch (error) {
    end(null)
    signal?.throwIfAborted()
    throw error
  }
}

function requireFitness(): void {
  const missing = !isSecureContext
    ? 'the page was opened by plain http from another machine, and browsers keep no keys there'
    : typeof Worker === 'undefined' || typeof WebAssembly === 'undefined'
      ? 'it has no workers or no WebAssembly'
      : !('locks' in navigator)
        ? 'it has no locks between tabs'
        : null
  if (missing !== null) throw new TributaryError('browser_unfit', { reason: missing })
}
