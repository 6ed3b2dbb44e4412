import type { ModelConfig } from '@tributary/protocol'

/** Measures a model on the coordinator's own test rows. */
export interface Evaluator {
  /** Name → value, e.g. accuracy 0..1 and loss; empty where there are no test rows, or none of this model's kind. @throws when it cannot */
  evaluate(model: ModelConfig, modelFile: string): Promise<Record<string, number>>
  close(): Promise<void>
}

/** For coordinators without test rows: rounds close without global metrics. */
export const noEvaluator: Evaluator = {
  evaluate: () => Promise.resolve({}),
  close: () => Promise.resolve(),
}
