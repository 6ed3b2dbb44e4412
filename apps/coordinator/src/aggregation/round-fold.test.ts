import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeModel, encodeUpdate, participantIdSchema, runIdSchema, strategyConfigSchema } from '@tributary/protocol'
import { afterAll, describe, expect, it } from 'vitest'
import { readModelFile } from './container-file.ts'
import { type FoldFile, RoundFolds } from './round-fold.ts'

const SIZE = 200_000
const folder = mkdtempSync(join(tmpdir(), 'tributary-folds-'))
afterAll(() => rmSync(folder, { recursive: true }))
const run = runIdSchema.parse('run_00000000')
const tensors = [{ name: 'w', shape: [SIZE], dtype: 'float32' as const }]
const vector = (seed: number) => Float32Array.from({ length: SIZE }, (_, i) => Math.sin(seed * i + seed))
const strategy = (form: 'parameters' | 'gradients') =>
  strategyConfigSchema.parse({ name: 'fedavg', form, serverLearningRate: 0.5 })

const steps: FoldFile[] = [1, 2, 3].map((seed) => {
  const { bytes, sha256 } = encodeUpdate([{ name: 'w', shape: [SIZE], data: vector(seed) }], {
    run,
    round: 1,
    participant: participantIdSchema.parse('par_00000000'),
    form: 'parameters',
    samples: 10 * seed,
    report: { loss: 1, accuracy: null, seconds: 1, backend: 'wasm' },
  })
  const file = join(folder, `update-${seed}`)
  writeFileSync(file, bytes)
  return { participant: `p${seed}`, sha256, file, weight: 10 * seed }
})
const modelFile = join(folder, 'before')
writeFileSync(modelFile, encodeModel([{ name: 'w', shape: [SIZE], data: vector(9) }]).bytes)
const outputFile = join(folder, 'after')

/** Σ n_k·x_k / Σ n_k by a loop of its own, in float64, rounded once. */
function meanOf(files: readonly FoldFile[]): Float32Array {
  const xs = files.map(({ weight }) => ({ weight, x: vector(weight / 10) }))
  const total = xs.reduce((sum, { weight }) => sum + weight, 0)
  return Float32Array.from(
    { length: SIZE },
    (_, i) => xs.reduce((sum, { weight, x }) => sum + weight * (x[i] as number), 0) / total,
  )
}
const modelHash = (data: Float32Array) => encodeModel([{ name: 'w', shape: [SIZE], data }]).sha256
const finished = (
  folds: RoundFolds,
  round: number,
  files: readonly FoldFile[],
  form: 'parameters' | 'gradients' = 'parameters',
) => {
  const result = folds.finish({ run, round, tensors, steps: files, strategy: strategy(form), modelFile, outputFile })
  return result.ok ? result.sha256 : result
}

describe('RoundFolds', () => {
  it('writes the weighted mean, whatever was folded ahead, round after round in the same memory', () => {
    const folds = new RoundFolds()
    const expected = modelHash(meanOf(steps))
    expect(folds.advance({ run, round: 1, tensors, steps: steps.slice(0, 2) })).toEqual({ folded: 2 })
    expect(finished(folds, 1, steps)).toBe(expected)
    expect(modelHash(readModelFile(outputFile)[0]?.data as Float32Array)).toBe(expected)
    // Again after a crash, then the next round with fewer.
    expect(finished(folds, 1, steps)).toBe(expected)
    folds.advance({ run, round: 2, tensors, steps: steps.slice(0, 1) })
    expect(finished(folds, 2, steps.slice(0, 2))).toBe(modelHash(meanOf(steps.slice(0, 2))))
  })

  it('begins again when a folded step is taken out, or another round opens', () => {
    const folds = new RoundFolds()
    folds.advance({ run, round: 1, tensors, steps })
    expect(finished(folds, 1, steps.slice(1))).toBe(modelHash(meanOf(steps.slice(1))))
    folds.advance({ run, round: 2, tensors, steps: steps.slice(0, 1) })
    expect(folds.advance({ run, round: 3, tensors, steps: [] })).toEqual({ folded: 0 })
    expect(finished(folds, 3, steps)).toBe(modelHash(meanOf(steps)))
  })

  it('takes gradients off the model that the round began with', () => {
    const before = vector(9)
    const after = meanOf(steps).map((g, i) => (before[i] as number) - 0.5 * g)
    expect(finished(new RoundFolds(), 1, steps, 'gradients')).toBe(modelHash(after))
  })

  it('leaves no half sum behind when a file breaks', () => {
    const folds = new RoundFolds()
    const broken = { participant: 'p0', sha256: 'none', file: join(folder, 'missing'), weight: 1 }
    expect(() => folds.advance({ run, round: 1, tensors, steps: [steps[0] as FoldFile, broken] })).toThrow('ENOENT')
    expect(finished(folds, 1, steps)).toBe(modelHash(meanOf(steps)))
  })

  it('names the tensor of a mean that is not finite, and writes a good one afterwards', () => {
    const folds = new RoundFolds()
    const file = join(folder, 'infinite')
    writeFileSync(file, encodeModel([{ name: 'w', shape: [SIZE], data: vector(1).fill(Number.POSITIVE_INFINITY, 7, 8) }]).bytes)
    expect(finished(folds, 1, [{ participant: 'p', sha256: 'x', file, weight: 1 }])).toEqual({ ok: false, notFinite: 'w' })
    expect(finished(folds, 1, steps)).toBe(modelHash(meanOf(steps)))
  })
})
