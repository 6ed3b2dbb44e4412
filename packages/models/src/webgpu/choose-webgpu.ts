import { type NamedTensor, TributaryError } from '@tributary/protocol'
import { hasAdapter } from '#webgpu'
import { type BackendName, selectBackend } from '../backend/select-backend.ts'
import { train } from '../training/train.ts'
import { findFault, type ProbeFinding, type ProbeStep, probeSteps } from './probe.ts'

/** Why WebGPU is not used. */
export type WebGpuRefusal = { readonly kind: 'no-adapter' } | ProbeFinding | { readonly kind: 'failed'; readonly reason: string }

/** What a probe is done with. */
interface ProbeTools {
  hasAdapter(): Promise<boolean>
  trainOn(backend: BackendName, step: ProbeStep): Promise<NamedTensor[]>
}

/**
 * Takes WebGPU for all further training in this process, if the probe steps that it trains come out finite and as on WASM. Otherwise
 * WASM is what stays selected.
 * @returns why WebGPU is not used; null where it is
 * @throws TributaryError `backend_unavailable` where not even WASM can be used
 */
export async function chooseWebGpu(
  steps: readonly ProbeStep[] = probeSteps(),
  tools: ProbeTools = { hasAdapter, trainOn },
): Promise<WebGpuRefusal | null> {
  if (!(await tools.hasAdapter())) return { kind: 'no-adapter' }
  const trusted: NamedTensor[][] = []
  for (const step of steps) trusted.push(await tools.trainOn('wasm', step))
  const refusal = await faultOfWebGpu(steps, trusted, tools)
  if (refusal !== null) await selectBackend({ force: 'wasm' })
  return refusal
}

async function faultOfWebGpu(
  steps: readonly ProbeStep[],
  trusted: readonly (readonly NamedTensor[])[],
  tools: ProbeTools,
): Promise<WebGpuRefusal | null> {
  try {
    for (const [place, step] of steps.entries()) {
      const fault = findFault(step.parameters, await tools.trainOn('webgpu', step), trusted[place] ?? [])
      if (fault !== null) return fault
    }
    return null
  } catch (error) {
    if (error instanceof TributaryError) return { kind: 'failed', reason: String(error.details.reason ?? error.message) }
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) }
  }
}

async function trainOn(backend: BackendName, step: ProbeStep): Promise<NamedTensor[]> {
  await selectBackend({ force: backend })
  const training = train(step)
  for (;;) {
    const next = await training.next()
    if (next.done) return next.value.tensors
  }
}
