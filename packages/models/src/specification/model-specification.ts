import { type ModelConfig, type NamedTensor, sizeOf, type TensorSpec, TributaryError } from '@tributary/protocol'
import { glorotPieces, glorotUniform } from './glorot.ts'
import { type Layer, layersOf } from './layers.ts'

/** What the outputs mean, which fixes the loss: softmax or sigmoid cross-entropy from logits, or the mean squared error. */
export type Task = 'classification' | 'binary' | 'regression'

/** What can be said of a model without computing with it. */
export interface ModelSpecification {
  readonly config: ModelConfig
  readonly task: Task
  /** In the order of the layers: `conv1/kernel` [height, width, in, out], `conv1/bias` [out], `dense1/kernel` [in, out], … */
  readonly tensors: readonly TensorSpec[]
  readonly parameterCount: number
  /** Floats of the largest array that one example takes while training; an unfolded convolution counts whole. */
  readonly floatsPerExample: number
  /** The first parameters: Glorot uniform kernels, zero biases; a seed (0 … 2³² − 1) gives the same bytes on every machine. */
  initialise(seed: number): NamedTensor[]
  /** The values of `initialise` in the order of `tensors`, in pieces of `most`; a piece is good until the next one is asked for. */
  initialPieces(seed: number, most: number): Generator<Float32Array>
}

/** No array of JavaScript or WASM holds more floats. */
const MOST_PARAMETERS = 2 ** 29

/**
 * The tensors of a model, without TensorFlow.
 * @throws TributaryError `config_invalid` for sizes that the model cannot have
 */
export function modelSpecification(config: ModelConfig): ModelSpecification {
  const layers = layersOf(config)
  const tensors = tensorsOf(layers)
  const parameterCount = tensors.reduce((count, { shape }) => count + sizeOf(shape), 0)
  if (parameterCount > MOST_PARAMETERS)
    throw new TributaryError('config_invalid', {
      setting: 'model',
      reason: `${parameterCount} parameters; at most ${MOST_PARAMETERS} fit into memory`,
    })
  return {
    config,
    task: taskOf(config),
    tensors,
    parameterCount,
    floatsPerExample: Math.max(...layers.map(floatsPerExample)),
    initialise: (seed) => glorotUniform(tensors, seed),
    initialPieces: (seed, most) => glorotPieces(tensors, seed, most),
  }
}

/** An `mlp` with one output predicts a number; two classes are two outputs. */
function taskOf({ name, outputs }: ModelConfig): Task {
  if (name === 'logistic') return 'binary'
  if (name === 'linear' || (name === 'mlp' && outputs === 1)) return 'regression'
  return 'classification'
}

function tensorsOf(layers: readonly Layer[]): TensorSpec[] {
  const counts = { dense: 0, convolution: 0 }
  return layers.flatMap((layer): TensorSpec[] => {
    counts[layer.kind] += 1
    const name = `${layer.kind === 'dense' ? 'dense' : 'conv'}${counts[layer.kind]}`
    const { inputs, outputs } = layer
    const shape = layer.kind === 'dense' ? [inputs, outputs] : [layer.window, layer.window, inputs, outputs]
    return [
      { name: `${name}/kernel`, shape, dtype: 'float32' },
      { name: `${name}/bias`, shape: [outputs], dtype: 'float32' },
    ]
  })
}

function floatsPerExample(layer: Layer): number {
  if (layer.kind === 'dense') return Math.max(layer.inputs, layer.outputs)
  return layer.places * Math.max(layer.window ** 2 * layer.inputs, layer.outputs)
}
