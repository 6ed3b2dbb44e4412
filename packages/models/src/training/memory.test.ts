import * as tf from '@tensorflow/tfjs-core'
import type { ModelConfig } from '@tributary/protocol'
import { expect, it } from 'vitest'
import { evaluate, predict } from '../evaluation/evaluate.ts'
import { describeOn } from '../testing/backends.ts'
import { initial, run, syntheticExamples, trainingConfig } from '../testing/examples.ts'
import { train } from './train.ts'

const all = ['wasm', 'native', 'cpu'] as const

await describeOn(all, 'memory', (use, backend) => {
  const model: ModelConfig = { name: 'lenet', inputShape: [12, 12, 1], outputs: 3 }
  const data = syntheticExamples(model, backend === 'cpu' ? 6 : 24, 2)

  it('does not grow over training, evaluation, prediction, errors and aborts', async () => {
    await use()
    const parameters = initial(model)
    const round = async () => {
      for (const optimiser of ['sgd', 'momentum', 'adam'] as const)
        await run({ model, parameters, data, training: trainingConfig({ optimiser, batchSize: 5 }), form: 'parameters', seed: 1 })
      await run({ model, parameters, data, training: trainingConfig(), form: 'gradients', seed: 1 })
      await evaluate({ model, parameters, data, batchSize: 5 })
      await predict({ model, parameters, data })
      const aborted = new AbortController()
      const training = train({
        model,
        parameters,
        data,
        training: trainingConfig({ epochs: 50, optimiser: 'adam' }),
        form: 'parameters',
        seed: 1,
        signal: aborted.signal,
      })
      await training.next()
      aborted.abort(new Error('withdrawn'))
      await expect(training.next()).rejects.toThrow('withdrawn')
      const left = train({ model, parameters, data, training: trainingConfig({ epochs: 50 }), form: 'parameters', seed: 1 })
      await left.next()
      await left.return({ tensors: [], samples: 0, loss: 0, seconds: 0 })
      await expect(
        run({ model, parameters: parameters.slice(1), data, training: trainingConfig(), form: 'parameters', seed: 1 }),
      ).rejects.toThrow()
    }
    await round()
    const { numTensors, numDataBuffers } = tf.memory()
    await round()
    await round()
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers })
    expect(numTensors).toBe(0)
  })
})
