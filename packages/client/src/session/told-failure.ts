import { modelSpecification } from '@tributary/models/specification'
import { catalogue, type ErrorDetails, type RoundTask, type TributaryError, withoutDetails } from '@tributary/protocol'

/** Settings of a run: their names are the coordinator's own. */
const RUN_SETTINGS: readonly unknown[] = ['model', 'model.inputShape', 'model.outputs', 'model.hidden']

/**
 * What the coordinator is told of a failed round: the code, whose failure it is, the catalogue's sentence and what to do. The details
 * of an error may quote a cell, a row or a path of this machine: they stay here, but for those that the coordinator gave itself.
 */
export function toldFailure(error: TributaryError, task: RoundTask): string {
  const { code } = error
  // The coordinator says itself that training failed, and where.
  if (code === 'training_failed') return "the error stands in that institution's log alone"
  const { message, nextStep } = withoutDetails(code, 'en', known(error, task))
  return `${code} (${catalogue[code].party}): ${message} ${nextStep}`
}

/** The closed list: values of the task. */
function known({ code, details }: TributaryError, { model, modelSha256 }: RoundTask): ErrorDetails {
  switch (code) {
    case 'storage_corrupt':
      return { sha256: modelSha256 }
    case 'config_invalid':
      return RUN_SETTINGS.includes(details.setting) ? { setting: `${details.setting}` } : {}
    case 'update_not_finite': {
      const { tensors } = modelSpecification(model)
      return Object.fromEntries(tensors.filter(({ name }) => name === details.tensor).map(({ name }) => ['tensor', name]))
    }
    default:
      return {}
  }
}
