import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSha256, encodeContainer, participantIdSchema, runIdSchema, specOf, type UpdateMeta } from '@tributary/protocol'
import { createAggregator } from '../apps/coordinator/src/aggregation/aggregator.ts'
import { createUpdateValidator } from '../apps/coordinator/src/uploads/validator.ts'

/**
 * Aggregation of many large updates as the coordinator does it (hash, header, finite values, fold, write the model; all off the
 * main loop) against a plain typed-array pass over the same bytes in the same run.
 */
export async function benchAggregation({ updates = 100, parameters = 10_000_000 } = {}): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'))
  const run = runIdSchema.parse('run_00000000')
  const participant = participantIdSchema.parse('par_00000000')
  const tensors = [{ name: 'weights', shape: [parameters], data: new Float32Array(parameters) }]
  const data = tensors[0]?.data as Float32Array
  for (let i = 0; i < parameters; i += 1) data[i] = Math.sin(i) * 0.1
  const spec = specOf(tensors)
  const meta: UpdateMeta = {
    run,
    round: 1,
    participant,
    form: 'parameters',
    samples: 600,
    report: { loss: 1, accuracy: null, seconds: 1, backend: 'bench' },
  }

  // A few distinct files stand for all updates: the disk cache holds them, as it holds updates that have just arrived.
  const distinct = 4
  const files: { file: string; sha256: string }[] = []
  for (let k = 0; k < distinct; k += 1) {
    data[0] = k
    const file = join(folder, `update-${k}`)
    const descriptor = openSync(file, 'w')
    const hash = createSha256()
    for (const piece of encodeContainer({ kind: 'update', tensors: spec, meta }, tensors)) {
      hash.update(piece)
      writeSync(descriptor, piece)
    }
    closeSync(descriptor)
    files.push({ file, sha256: hash.hex() })
  }
  const bytes = statSync(files[0]?.file as string).size
  const totalBytes = bytes * updates

  // The limit: read the same bytes and add them up, nothing else.
  const sum = new Float64Array(parameters)
  const buffer = new Uint8Array(1 << 20)
  const plainStarted = performance.now()
  const plainUpdates = Math.min(updates, 20)
  for (let k = 0; k < plainUpdates; k += 1) {
    const descriptor = openSync(files[k % distinct]?.file as string, 'r')
    let at = 0
    for (;;) {
      const length = readSync(descriptor, buffer, 0, buffer.byteLength, null)
      if (length === 0) break
      const values = new Float32Array(buffer.buffer, 0, length >> 2)
      const count = Math.min(values.length, parameters - at)
      for (let i = 0; i < count; i += 1) sum[at + i] = (sum[at + i] as number) + 600 * (values[i] as number)
      at += count
    }
    closeSync(descriptor)
  }
  const plainSeconds = ((performance.now() - plainStarted) / 1000) * (updates / plainUpdates)

  const aggregator = createAggregator()
  const validator = createUpdateValidator()
  const expected = { run, round: 1, participant, form: 'parameters' as const, tensors: spec }
  const measure = async (count: number) => {
    let peak = 0
    const before = process.memoryUsage().rss
    const timer = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss)
    }, 5)
    const started = performance.now()
    const steps = Array.from({ length: count }, (_, k) => ({
      participant: `p${k}`,
      // The fold recognises updates by hash: distinct names for repeated files.
      sha256: `${files[k % distinct]?.sha256}-${k}`,
      file: files[k % distinct]?.file as string,
      weight: 600,
    }))
    // As in a round: updates are validated several at a time and folded behind that, in order.
    const validations = steps.map(async (_, k) => {
      const { file, sha256 } = files[k % distinct] as { file: string; sha256: string }
      const result = await validator.validate({ file, sha256, expected })
      if (!result.ok) throw new Error(result.code)
    })
    const request = { run, round: 1, tensors: spec }
    for (let k = 0; k < count; k += 1) {
      await validations[k]
      await aggregator.advance({ ...request, steps: steps.slice(0, k + 1) })
    }
    const result = await aggregator.finish({
      ...request,
      steps,
      strategy: { name: 'fedavg', form: 'parameters', weighting: 'samples', serverLearningRate: 1 },
      modelFile: '',
      outputFile: join(folder, 'model'),
    })
    if (!result.ok) throw new Error('the mean is not finite')
    const seconds = (performance.now() - started) / 1000
    clearInterval(timer)
    return { seconds, before, peak }
  }
  const few = await measure(Math.max(2, Math.floor(updates / 10)))
  const all = await measure(updates)
  await Promise.all([aggregator.close(), validator.close()])
  rmSync(folder, { recursive: true, force: true })
  return {
    updates,
    parameters,
    gigabytes: totalBytes / 1e9,
    plainPassGBs: totalBytes / 1e9 / plainSeconds,
    aggregationGBs: totalBytes / 1e9 / all.seconds,
    ratio: plainSeconds / all.seconds,
    modelMB: bytes / 1e6,
    peakOverBaselineInModels: (all.peak - few.before) / bytes,
    peakWithTenthOfClientsInModels: (few.peak - few.before) / bytes,
  }
}
