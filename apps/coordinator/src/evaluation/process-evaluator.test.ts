import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeModel, type ModelConfig } from '@tributary/protocol'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ProcessEvaluator } from './process-evaluator.ts'

vi.mock('node:child_process', { spy: true })

const iris = fileURLToPath(new URL('../../../../packages/data/src/fixtures/iris.csv', import.meta.url))
const features = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'].map((name) => ({ name, type: 'number' }))
const label = { name: 'species', type: 'category', categories: ['setosa', 'versicolor', 'virginica'] }

let folder: string
let misfits: string[]
let evaluator: ProcessEvaluator
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-evaluator-'))
  misfits = []
  const schema = { task: 'classification', features, label }
  evaluator = new ProcessEvaluator({ kind: 'table', file: iris, schema }, (reason) => misfits.push(reason))
})
afterEach(async () => {
  await evaluator.close()
  rmSync(folder, { recursive: true })
})

/** A softmax model of zeros: all classes alike, so the loss is log(classes). */
async function evaluateZeros(inputs: number, outputs: number): Promise<Record<string, number>> {
  const model: ModelConfig = { name: 'softmax', inputShape: [inputs], outputs }
  const tensors = [
    { name: 'dense1/kernel', shape: [inputs, outputs], data: new Float32Array(inputs * outputs) },
    { name: 'dense1/bias', shape: [outputs], data: new Float32Array(outputs) },
  ]
  const file = join(folder, `${inputs}-${outputs}`)
  writeFileSync(file, encodeModel(tensors).bytes)
  return evaluator.evaluate(model, file)
}

it('measures models of the kind of its rows, and says why it has nothing to say of others', async () => {
  const fitting = await evaluateZeros(4, 3)
  expect(fitting.loss).toBeCloseTo(Math.log(3), 5)
  expect(fitting.accuracy).toBeCloseTo(1 / 3, 5)
  expect(misfits).toEqual([])
  expect(await evaluateZeros(5, 3)).toEqual({})
  expect(misfits).toEqual([expect.stringContaining('[5]')])
  // Two classes cannot be right about the third.
  expect(await evaluateZeros(4, 2)).toEqual({})
  expect(misfits).toHaveLength(2)
}, 60_000)

it('asks a new process when the channel to the old one is closed, and counts its error and its end once', async () => {
  await evaluateZeros(4, 3)
  const first = vi.mocked(fork).mock.results.at(-1)?.value as ChildProcess
  const ended = new Promise((resolve) => first.once('exit', resolve))
  first.disconnect()
  const again = evaluateZeros(4, 3)
  await ended
  expect((await again).loss).toBeCloseTo(Math.log(3), 5)
}, 60_000)

it('says that no process can be started, and closes all the same', async () => {
  const { execPath } = process
  process.execPath = join(folder, 'nothing')
  try {
    await expect(evaluateZeros(4, 3)).rejects.toThrow(/ENOENT/)
    const unanswered = evaluateZeros(4, 3)
    unanswered.catch(() => {})
    // What it would kill is not this process's to kill.
    const kill = vi.spyOn(vi.mocked(fork).mock.results.at(-1)?.value as ChildProcess, 'kill').mockReturnValue(false)
    await evaluator.close()
    expect(kill).not.toHaveBeenCalled()
    await expect(unanswered).rejects.toThrow(/ENOENT/)
  } finally {
    process.execPath = execPath
  }
})
