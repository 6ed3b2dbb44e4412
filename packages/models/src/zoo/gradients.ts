import * as tf from '@tensorflow/tfjs-core'

type Attributes = tf.NamedAttrMap

/*
 * The gradients of the ops that the zoo is made of. tfjs-core carries none: they come with the package that contains all of
 * TensorFlow.js, which is too large for what is needed here.
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
    // The derivative at 0 is 0.
    kernelName: tf.Relu,
    inputsToSave: ['x'],
    gradFunc: (dy, saved) => ({ x: () => tf.mul(dy as tf.Tensor, tf.step(saved[0] as tf.Tensor)) }),
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
  return axes.length > 0 ? tf.reshape(tf.sum(dy, axes), shape) : dy
}

/** Later calls do nothing; gradients that native TensorFlow.js brought stay. */
export function registerGradients(): void {
  for (const gradient of gradients) {
    const known = tf.getGradient(gradient.kernelName)
    if (known === undefined || known === null) tf.registerGradient(gradient)
  }
}
