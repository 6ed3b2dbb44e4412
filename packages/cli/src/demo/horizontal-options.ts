import { TributaryError } from '@tributary/protocol'
import type { DemoOptions } from '../commands/demo.ts'

/** @throws TributaryError `config_invalid` for an option that means nothing without --vertical */
export function requireHorizontalDemo(options: DemoOptions): void {
  const { dataset, featureParties, task, lambda, optimiser, learningRate, maxSteps, tolerance, fx, fu } = options
  const { rowWeights, idRule, minimumRows, receiver, stepDeadline } = options
  const vertical = { dataset, featureParties, task, lambda, optimiser, learningRate, maxSteps, tolerance, fx, fu }
  const others = { rowWeights, idRule, minimumRows, receiver, stepDeadline }
  const [given] = Object.entries({ ...vertical, ...others }).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  if (given !== undefined) throw new TributaryError('config_invalid', { setting: given, reason: 'it belongs to --vertical' })
}
