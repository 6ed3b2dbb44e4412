import { type ModelConfig, TributaryError } from '@tributary/protocol'
import { checkExamples, type Examples } from '../examples.ts'
import { modelSpecification } from '../specification/index.ts'

/**
 * Why these examples say nothing about such a model: other features, or classes that it does not know.
 * @returns null where it can be evaluated on them
 */
export function misfitOf(model: ModelConfig, data: Examples): string | null {
  try {
    checkExamples(modelSpecification(model), data)
    return null
  } catch (error) {
    if (error instanceof TributaryError) return error.message
    throw error
  }
}
