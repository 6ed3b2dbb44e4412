import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSha256, encodeContainer, participantIdSchema, runIdSchema, specOf, type UpdateMeta } from '@tributary/protocol'
import { createAggregator } from '../apps/coordinator/src/aggregation/aggregator.ts'
import { createUpdateValidator } from '../apps/coordinator/src/uploads/validator.ts'

const WEIGHT = 600
/** Aggregations of all updates; the median counts. */
const MEASUREMENTS = 3

/**
 * Aggregation of many large updates as the coordinator does it (hash, header, finite values, fold, write the model; all off the
 * main loop) against a plain typed-array pass over the same bytes in the same run.
 *
 * Memory is the process's high-water mark as the kernel keeps it, over what the process holds before the coordinator's threads
 * start: so it counts the threads themselves (three here, each with its own copy of the code), but neither Node nor the buffers of
 * this benchmark, which live from before that moment to the end.
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
    samples: WEIGHT,
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

  const sum = new Float64Array(parameters)
  const passed = Array.from({ length: 20 }, (_, k) => files[k % distinct]?.file as string)
  const plainSecondsEach = () => plainPass(passed, sum, WEIGHT) / passed.length
  // Compiles the loop and touches the sum.
  plainSecondsEach()

  const baseline = process.memoryUsage.rss()
  const aggregator = createAggregator()
  const validator = createUpdateValidator()
  const expected = { run, round: 1, participant, form: 'parameters' as const, tensors: spec }
  const measure = async (count: number) => {
    const started = performance.now()
    const steps = Array.from({ length: count }, (_, k) => ({
      participant: `p${k}`,
      // The fold recognises updates by hash: distinct names for repeated files.
      sha256: `${files[k % distinct]?.sha256}-${k}`,
      file: files[k % distinct]?.file as string,
      weight: WEIGHT,
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
    return { seconds, peak: highWaterMark() }
  }
  const few = await measure(Math.max(2, Math.floor(updates / 10)))
  const measured: { plainSeconds: number; seconds: number; ratio: number; cpu: number; peak: number }[] = []
  let plainSeconds = updates * plainSecondsEach()
  for (let k = 0; k < MEASUREMENTS; k += 1) {
    const cpuBefore = cpuSeconds()
    const { seconds, peak } = await measure(updates)
    const cpu = cpuSeconds() - cpuBefore
    // The faster of two plain passes, before and after: another load on the machine must not flatter the ratio.
    const after = updates * plainSecondsEach()
    const fastest = Math.min(plainSeconds, after)
    measured.push({ plainSeconds: fastest, seconds, ratio: fastest / seconds, cpu, peak })
    plainSeconds = after
  }
  await Promise.all([aggregator.close(), validator.close()])
  const ratios = measured.map(({ ratio }) => ratio).sort((x, y) => x - y)
  const median = measured.find(({ ratio }) => ratio === ratios[ratios.length >> 1]) as (typeof measured)[number]
  const [first, last] = [measured[0]?.peak as number, measured.at(-1)?.peak as number]
  rmSync(folder, { recursive: true, force: true })
  return {
    updates,
    parameters,
    gigabytes: totalBytes / 1e9,
    plainPassGBs: totalBytes / 1e9 / median.plainSeconds,
    aggregationGBs: totalBytes / 1e9 / median.seconds,
    ratio: median.ratio,
    ratios: ratios.map((ratio) => ratio.toFixed(2)).join(' '),
    plainMsPerUpdate: (1000 * median.plainSeconds) / updates,
    aggregationMsPerUpdate: (1000 * median.seconds) / updates,
    aggregationCpuMsPerUpdate: (1000 * median.cpu) / updates,
    modelMB: bytes / 1e6,
    peakWithTenthOfClientsInModels: (few.peak - baseline) / bytes,
    peakOverBaselineInModels: (first - baseline) / bytes,
    peakAfterAllMeasurementsInModels: (last - baseline) / bytes,
    ownBuffersInModels: (data.byteLength + sum.byteLength) / bytes,
    wholeProcessMB: last / 1e6,
  }
}

/** The limit: reads files and adds up their values, nothing else. @returns seconds */
function plainPass(files: readonly string[], sum: Float64Array, weight: number): number {
  const buffer = new Uint8Array(1 << 20)
  const started = performance.now()
  for (const file of files) {
    const descriptor = openSync(file, 'r')
    let at = 0
    for (;;) {
      const length = readSync(descriptor, buffer, 0, buffer.byteLength, null)
      if (length === 0) break
      const values = new Float32Array(buffer.buffer, 0, length >> 2)
      const part = sum.subarray(at, at + values.length)
      for (let i = 0; i < part.length; i += 1) part[i] = (part[i] as number) + weight * (values[i] as number)
      at += part.length
    }
    closeSync(descriptor)
  }
  return (performance.now() - started) / 1000
}

/** The most bytes of memory that the process has held so far. */
const highWaterMark = (): number => process.resourceUsage().maxRSS * 1024

/** Processor time of all threads of the process. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
