import * as tf from '@tensorflow/tfjs-core'
import type { ModelConfig } from '@tributary/protocol'
import { expect, it } from 'vitest'
import { modelSpecification } from '../specification/index.ts'
import { useBackend } from '../testing/backends.ts'
import { syntheticExamples } from '../testing/examples.ts'
import { Gatherer } from './batches.ts'
import { BatchGradient } from './gradient.ts'
import { fromTensors, toTensors } from './parameters.ts'

it.each<ModelConfig>([
  { name: 'lenet', inputShape: [28, 28, 1], outputs: 10 },
  { name: 'logistic', inputShape: [7], outputs: 1 },
  { name: 'linear', inputShape: [7], outputs: 1 },
])('$name: the loss and its gradients are the same, computed here or on the backend', async (model) => {
  await useBackend('wasm')
  const specification = modelSpecification(model)
  const data = syntheticExamples(model, 12, 1)
  const before = tf.memory().numTensors
  const compute = async (staysOnBackend: boolean) => {
    const parameters = toTensors(specification, specification.initialise(1))
    const gradient = new BatchGradient(specification, new Gatherer(specification, data, 8), staysOnBackend)
    gradient.add(parameters, Uint32Array.from([0, 1, 2, 3, 4, 5, 6, 7]), 12)
    gradient.add(parameters, Uint32Array.from([8, 9, 10, 11]), 12)
    const { loss, gradients } = await gradient.take()
    const read = await fromTensors(specification, gradients)
    // One that is given up in the middle of a batch.
    gradient.add(parameters, Uint32Array.from([0]), 12)
    gradient.dispose()
    tf.dispose([parameters, gradients])
    return { loss, gradients: read }
  }
  const here = await compute(false)
  const there = await compute(true)
  expect(there.loss).toBeCloseTo(here.loss, 6)
  for (const [place, { data: values }] of here.gradients.entries())
    for (const [i, value] of values.entries())
      expect(Math.abs((there.gradients[place]?.data[i] ?? Number.NaN) - value)).toBeLessThan(1e-6)
  expect(tf.memory().numTensors).toBe(before)
})
