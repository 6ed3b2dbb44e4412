import { type ModelConfig, sizeOf, TributaryError } from '@tributary/protocol'

/** A layer with parameters, and the sizes that fix them. */
export type Layer =
  | { readonly kind: 'dense'; readonly inputs: number; readonly outputs: number }
  | {
      readonly kind: 'convolution'
      /** Height and width of the square window. */
      readonly window: number
      readonly inputs: number
      readonly outputs: number
      /** Places of the window in one example: output height × output width. */
      readonly places: number
    }

const refuse = (setting: string, reason: string) => new TributaryError('config_invalid', { setting: `model.${setting}`, reason })

/** The layers of each model of the zoo. @throws TributaryError `config_invalid` */
export function layersOf(config: ModelConfig): readonly Layer[] {
  if (config.hidden !== undefined && config.name !== 'mlp')
    throw refuse('hidden', `the model ${config.name} takes no hidden layers`)
  const features = sizeOf(config.inputShape)
  switch (config.name) {
    case 'logistic':
    case 'linear':
      if (config.outputs !== 1) throw refuse('outputs', `the model ${config.name} has 1 output, not ${config.outputs}`)
      return dense([features, 1])
    case 'softmax':
      return dense([features, classesOf(config)])
    case '2nn':
      return dense([features, 200, 200, classesOf(config)])
    case 'mlp':
      if (config.hidden === undefined || config.hidden.length === 0)
        throw refuse('hidden', 'the model mlp needs the width of one hidden layer at least')
      return dense([features, ...config.hidden, config.outputs])
    case 'cnn':
      return cnn(config)
    case 'lenet':
      return lenet(config)
  }
}

const dense = (widths: readonly number[]): Layer[] =>
  widths.slice(1).map((outputs, i) => ({ kind: 'dense', inputs: widths[i] as number, outputs }))

/** McMahan et al. 2017, section 3: two 5×5 convolutions (32, 64 channels, each followed by 2×2 max pooling), 512 units, softmax. */
function cnn(config: ModelConfig): Layer[] {
  const { height, width, channels } = image(config, 4)
  const [h, w] = [height >> 1, width >> 1]
  return [
    { kind: 'convolution', window: 5, inputs: channels, outputs: 32, places: height * width },
    { kind: 'convolution', window: 5, inputs: 32, outputs: 64, places: h * w },
    ...dense([(h >> 1) * (w >> 1) * 64, 512, classesOf(config)]),
  ]
}

/** LeCun et al. 1998, section II.B, in its usual form of today: 28×28 padded instead of 32×32, all maps connected, softmax. */
function lenet(config: ModelConfig): Layer[] {
  const { height, width, channels } = image(config, 12)
  const [h, w] = [(height >> 1) - 4, (width >> 1) - 4]
  return [
    { kind: 'convolution', window: 5, inputs: channels, outputs: 6, places: height * width },
    { kind: 'convolution', window: 5, inputs: 6, outputs: 16, places: h * w },
    ...dense([(h >> 1) * (w >> 1) * 16, 120, 84, classesOf(config)]),
  ]
}

function classesOf({ name, outputs }: ModelConfig): number {
  if (outputs < 2) throw refuse('outputs', `the model ${name} tells classes apart and needs 2 outputs at least`)
  return outputs
}

function image({ name, inputShape }: ModelConfig, minimum: number): { height: number; width: number; channels: number } {
  const [height, width, channels] = inputShape
  if (inputShape.length !== 3 || height === undefined || width === undefined || channels === undefined)
    throw refuse('inputShape', `the model ${name} needs [height, width, channels], not [${inputShape.join(', ')}]`)
  if (height < minimum || width < minimum)
    throw refuse('inputShape', `the model ${name} needs images of ${minimum} × ${minimum} at least, not ${height} × ${width}`)
  return { height, width, channels }
}
