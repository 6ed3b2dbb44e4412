import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeModel, type ModelConfig } from '@tributary/protocol'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ProcessEvaluator } from './process-evaluator.ts'

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
