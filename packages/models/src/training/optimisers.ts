import * as tf from '@tensorflow/tfjs-core'
import type { TrainingConfig } from '@tributary/protocol'
import type { Parameters } from '../zoo/layers.ts'

/** Makes one step; its state lives for one training and is freed by dispose. */
export interface Optimiser {
  /** New parameters; the old ones and the gradients are the caller's to dispose. */
  step(parameters: Parameters, gradients: Parameters): Parameters
  dispose(): void
}

type Moments = Record<string, tf.Tensor>

/** w ← w − η g */
function sgd(learningRate: number): Optimiser {
  const η = tf.scalar(learningRate)
  return {
    step: (parameters, gradients) => map(parameters, (w, name) => tf.sub(w, tf.mul(of(gradients, name), η))),
    dispose: () => η.dispose(),
  }
}

/** v ← 0.9 v + g, w ← w − η v, from v = 0: Polyak's heavy ball, as in Sutskever et al. 2013, equations 1 and 2, with v scaled by −1/η. */
function momentum(learningRate: number): Optimiser {
  const η = tf.scalar(learningRate)
  const μ = tf.scalar(0.9)
  let v: Moments = {}
  return {
    step(parameters, gradients) {
      v = replace(v, parameters, (old, name) =>
        old === undefined ? tf.clone(of(gradients, name)) : tf.add(tf.mul(old, μ), of(gradients, name)),
      )
      return map(parameters, (w, name) => tf.sub(w, tf.mul(of(v, name), η)))
    },
    dispose: () => tf.dispose([η, μ, ...Object.values(v)]),
  }
}

/** Adam (Kingma and Ba 2015, Algorithm 1) with β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸. */
function adam(learningRate: number): Optimiser {
  const [β1, β2, ε] = [0.9, 0.999, 1e-8]
  let m: Moments = {}
  let v: Moments = {}
  // β₁ᵗ and β₂ᵗ by repeated products: Math.pow may differ between engines.
  let [β1t, β2t] = [1, 1]
  return {
    step(parameters, gradients) {
      β1t *= β1
      β2t *= β2
      m = replace(m, parameters, (old, name) => decay(old, of(gradients, name), β1))
      v = replace(v, parameters, (old, name) => decay(old, tf.square(of(gradients, name)), β2))
      return map(parameters, (w, name) => {
        const mHat = tf.div(of(m, name), 1 - β1t)
        const vHat = tf.div(of(v, name), 1 - β2t)
        return tf.sub(w, tf.mul(tf.div(mHat, tf.add(tf.sqrt(vHat), ε)), learningRate))
      })
    },
    dispose: () => tf.dispose([...Object.values(m), ...Object.values(v)]),
  }
}

export const createOptimiser = ({ optimiser, learningRate }: TrainingConfig): Optimiser =>
  ({ sgd, momentum, adam })[optimiser](learningRate)

const of = (tensors: Parameters, name: string): tf.Tensor => tensors[name] as tf.Tensor

const decay = (old: tf.Tensor | undefined, value: tf.Tensor, β: number): tf.Tensor =>
  old === undefined ? tf.mul(value, 1 - β) : tf.add(tf.mul(old, β), tf.mul(value, 1 - β))

const map = (tensors: Parameters, f: (tensor: tf.Tensor, name: string) => tf.Tensor): Moments =>
  tf.tidy(() => Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, f(tensor, name)])))

/** The next moments, named as the parameters; frees the old ones. */
function replace(old: Moments, parameters: Parameters, f: (old: tf.Tensor | undefined, name: string) => tf.Tensor): Moments {
  const next = map(parameters, (_, name) => f(old[name], name))
  tf.dispose(old)
  return next
}
