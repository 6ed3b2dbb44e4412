import { modelSpecification } from '@tributary/models/specification'
import { type DecodedContainer, decodeContainer, type NamedTensor, type RoundTask, TributaryError } from '@tributary/protocol'

/**
 * The task's parameters out of the model's bytes, in the order of the model's specification.
 * @throws TributaryError `unexpected` when the bytes are not this model; `config_invalid` for a model that cannot be
 */
export function decodeModel(bytes: Uint8Array, { model }: Pick<RoundTask, 'model'>): NamedTensor[] {
  const { header, tensors } = decode(bytes)
  if (header.kind !== 'model') throw unfit(`its header says ${header.kind}`)
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]))
  const expected = modelSpecification(model).tensors
  if (byName.size !== expected.length) throw unfit(`${byName.size} tensors instead of ${expected.length}`)
  return expected.map(({ name, shape }) => {
    const tensor = byName.get(name)
    if (tensor === undefined) throw unfit(`it has no tensor ${name}`)
    if (tensor.shape.join() !== shape.join()) throw unfit(`${name} has shape [${tensor.shape}] instead of [${shape}]`)
    return tensor
  })
}

function decode(bytes: Uint8Array): DecodedContainer {
  try {
    return decodeContainer(bytes)
  } catch (error) {
    throw unfit((error as Error).message, error)
  }
}

const unfit = (reason: string, cause?: unknown) =>
  new TributaryError('unexpected', { reason: `the model of the task: ${reason}` }, { cause })
