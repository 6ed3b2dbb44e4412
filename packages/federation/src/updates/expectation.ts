import {
  type ContainerHeader,
  type ParticipantId,
  type RunId,
  sizeOf,
  type TensorSpec,
  TributaryError,
  type UpdateHeader,
} from '@tributary/protocol'

/** What an update must say of itself to be folded into a round. */
export interface UpdateExpectation {
  readonly run: RunId
  readonly round: number
  readonly participant: ParticipantId
  readonly form: 'parameters' | 'gradients'
  readonly tensors: readonly TensorSpec[]
}

const list = (names: readonly string[]): string =>
  names.length === 0 ? 'none' : names.slice(0, 5).join(', ') + (names.length > 5 ? ' …' : '')

/**
 * Checks a header against the open round, before a single value is read.
 * @throws TributaryError `update_malformed`, `update_wrong_run`, `update_wrong_round`, `update_wrong_participant`,
 *   `update_wrong_form`, `update_wrong_names`, `update_wrong_shape`
 */
export function checkUpdateHeader(header: ContainerHeader, expected: UpdateExpectation): UpdateHeader {
  if (header.kind !== 'update') throw new TributaryError('update_malformed', { reason: `its header says ${header.kind}` })
  const { run, round, participant, form } = header.meta
  if (run !== expected.run) throw new TributaryError('update_wrong_run', { actual: run, expected: expected.run })
  if (round !== expected.round) throw new TributaryError('update_wrong_round', { actual: round, expected: expected.round })
  if (participant !== expected.participant) throw new TributaryError('update_wrong_participant')
  if (form !== expected.form) throw new TributaryError('update_wrong_form', { actual: form, expected: expected.form })
  const offered = new Map(header.tensors.map((tensor) => [tensor.name, tensor]))
  const known = new Set(expected.tensors.map(({ name }) => name))
  const missing = expected.tensors.filter(({ name }) => !offered.has(name)).map(({ name }) => name)
  const unknown = header.tensors.filter(({ name }) => !known.has(name)).map(({ name }) => name)
  if (missing.length + unknown.length > 0)
    throw new TributaryError('update_wrong_names', { missing: list(missing), unknown: list(unknown) })
  for (const { name, shape } of expected.tensors) {
    const actual = offered.get(name)?.shape ?? []
    if (actual.length !== shape.length || actual.some((size, axis) => size !== shape[axis]))
      throw new TributaryError('update_wrong_shape', { tensor: name, actual: actual.join(','), expected: shape.join(',') })
  }
  return header
}

/** Where each tensor begins in one flat vector of all parameters, by name. */
export function flatOffsets(tensors: readonly TensorSpec[]): { offsets: ReadonlyMap<string, number>; size: number } {
  const offsets = new Map<string, number>()
  let size = 0
  for (const { name, shape } of tensors) {
    offsets.set(name, size)
    size += sizeOf(shape)
  }
  return { offsets, size }
}
