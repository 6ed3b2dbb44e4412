import * as tf from '@tensorflow/tfjs-core'

type Attributes = tf.NamedAttrMap

/*
 * The gradients of the ops that the zoo is made of. tfjs-core carries none: they come with the package that contains all of
 * TensorFlow.js, which is too large for what is needed here, and some of those are slow on one backend or another.
 */
const gradients: readonly tf.GradConfig[] = [
  {
    kernelName: tf.Add,
    inputsToSave: ['a', 'b'],
    gradFunc(dy, saved) {
      const [a, b] = saved as [tf.Tensor, tf.Tensor]
      return { a: () => reduceTo(dy as tf.Tensor, a.shape), b: () => reduceTo(dy as tf.Tensor, b.shape) }
    },
  },
  {
    // Y = A B: dA = dY Bᵀ, dB = Aᵀ dY
    kernelName: tf.BatchMatMul,
    inputsToSave: ['a', 'b'],
    gradFunc(dy, saved, attributes) {
      const [a, b] = saved as [tf.Tensor, tf.Tensor]
      const { transposeA, transposeB } = attributes as unknown as tf.BatchMatMulAttrs
      if (transposeA || transposeB) throw new RangeError('the zoo multiplies matrices as they are')
      return { a: () => tf.matMul(dy as tf.Tensor, b, false, true), b: () => tf.matMul(a, dy as tf.Tensor, true, false) }
    },
  },
  {
    kernelName: tf.Conv2D,
    inputsToSave: ['x', 'filter'],
    gradFunc(dy, saved, attributes) {
      const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D]
      const { strides, pad, dataFormat, dimRoundingMode } = attributes as unknown as tf.Conv2DAttrs
      const common = { strides, pad, dataFormat, dimRoundingMode }
      const run = (kernel: string, inputs: Record<string, tf.Tensor>, attrs: object): tf.Tensor =>
        tf.engine().runKernel(kernel, inputs, attrs as Attributes)
      return {
        x: () => run(tf.Conv2DBackpropInput, { dy: dy as tf.Tensor, filter }, { ...common, inputShape: x.shape }),
        filter: () => run(tf.Conv2DBackpropFilter, { x, dy: dy as tf.Tensor }, { ...common, filterShape: filter.shape }),
      }
    },
  },
  {
    kernelName: tf.MaxPool,
    inputsToSave: ['x'],
    outputsToSave: [true],
    gradFunc(dy, saved, attributes) {
      const [input, output] = saved as [tf.Tensor, tf.Tensor]
      const { filterSize, strides, pad, dimRoundingMode } = attributes as unknown as tf.MaxPoolAttrs
      const attrs = { filterSize, strides, pad, dimRoundingMode } as unknown as Attributes
      return { x: () => tf.engine().runKernel(tf.MaxPoolGrad, { dy: dy as tf.Tensor, input, output }, attrs) as tf.Tensor }
    },
  },
  {
    // y = max(0, x) is nowhere negative, so its sign is the derivative; 0 at 0. (tf.step is six operations on native TensorFlow.)
    kernelName: tf.Relu,
    outputsToSave: [true],
    gradFunc: (dy, saved) => ({ x: () => tf.mul(dy as tf.Tensor, tf.sign(saved[0] as tf.Tensor)) }),
  },
  {
    kernelName: tf.Reshape,
    inputsToSave: ['x'],
    gradFunc: (dy, saved) => ({ x: () => tf.reshape(dy as tf.Tensor, (saved[0] as tf.Tensor).shape) }),
  },
]

/** Sums over the axes along which a tensor of this shape was repeated. */
function reduceTo(dy: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, dy.shape)
  if (axes.length === 0) return dy
  const sum = tf.sum(dy, axes)
  return sum.rank === shape.length ? sum : tf.reshape(sum, shape)
}

/** To be called after a backend is loaded: native TensorFlow.js brings its own gradients, which these replace. */
export function registerGradients(): void {
  for (const gradient of gradients) tf.registerGradient(gradient)
}
