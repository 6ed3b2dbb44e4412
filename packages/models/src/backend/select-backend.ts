import '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import { TributaryError } from '@tributary/protocol'
import { loadNative, requestedBackend } from '#native'
import { loadWebGpu } from '#webgpu'
import { registerGradients } from '../zoo/gradients.ts'
import { registerWasmKernels } from './wasm-kernels/register.ts'

/** From the fastest to the slowest. */
const names = ['native', 'wasm', 'cpu'] as const
/** WebGPU is never taken unasked: see chooseWebGpu. */
export type BackendName = (typeof names)[number] | 'webgpu'

export interface SelectedBackend {
  readonly backend: BackendName
  /** Why a faster one is not used; null where this is the fastest, or was asked for. */
  readonly reason: string | null
}

export interface SelectBackendOptions {
  /** Takes this one or fails; without it the variable TRIBUTARY_BACKEND (Node), else the fastest that works. */
  readonly force?: BackendName | undefined
  /** Takes the line that says that training will be slow; default console.warn. */
  readonly onWarning?: ((line: string) => void) | undefined
}

let selected: SelectedBackend | null = null
let queue: Promise<unknown> = Promise.resolve()

/**
 * Chooses what TensorFlow.js computes on in this process. Calls without `force` keep the backend that was chosen first.
 * @throws TributaryError `backend_unavailable` where the one asked for cannot be used; `config_invalid` for an unknown name
 */
export function selectBackend(options: SelectBackendOptions = {}): Promise<SelectedBackend> {
  // One at a time: tf.setBackend is global.
  const selection = queue.then(() => select(options))
  queue = selection.catch(() => undefined)
  return selection
}

async function select({ force, onWarning = console.warn }: SelectBackendOptions): Promise<SelectedBackend> {
  if (selected !== null && (force === undefined || force === selected.backend)) return selected
  const asked = force ?? parse(requestedBackend())
  if (asked !== undefined) {
    const reason = await start(asked)
    if (reason !== null) {
      // One that did not start may stand in its place in TensorFlow.js all the same.
      if (selected !== null) await start(selected.backend)
      throw new TributaryError('backend_unavailable', { backend: asked, reason })
    }
    return use({ backend: asked, reason: null }, onWarning)
  }
  const reasons: string[] = []
  for (const backend of names) {
    const reason = await start(backend)
    if (reason === null) return use({ backend, reason: reasons.length > 0 ? reasons.join('; ') : null }, onWarning)
    reasons.push(`${backend}: ${reason}`)
  }
  throw new TributaryError('backend_unavailable', { backend: names.join(', '), reason: reasons.join('; ') })
}

function use(selection: SelectedBackend, onWarning: (line: string) => void): SelectedBackend {
  selected = selection
  if (selection.backend === 'cpu')
    onWarning(`WARNING: training in plain JavaScript, a hundred times slower than need be (${selection.reason ?? 'as asked'})`)
  return selection
}

function parse(name: string | undefined): (typeof names)[number] | undefined {
  if (name === undefined) return undefined
  const found = names.find((known) => known === name)
  if (found === undefined)
    throw new TributaryError('config_invalid', {
      setting: 'TRIBUTARY_BACKEND',
      reason: `${name} is not one of ${names.join(', ')}`,
    })
  return found
}

/** @returns why it cannot be used, or null once it is in use */
async function start(backend: BackendName): Promise<string | null> {
  try {
    const missing = backend === 'native' ? await loadNative() : backend === 'webgpu' ? await loadWebGpu() : null
    if (missing !== null) return missing
    if (backend === 'cpu') await import('@tensorflow/tfjs-backend-cpu')
    if (!(await tf.setBackend(backend === 'native' ? 'tensorflow' : backend))) return 'it did not start'
    registerGradients()
    // Silences tfjs's own advice to install another package; the warning of selectBackend says what to do here.
    if (backend === 'cpu') tf.enableProdMode()
    if (backend === 'wasm') registerWasmKernels()
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
