import { encodeModel, encodeUpdate, type NamedTensor, type ParticipantId } from '@tributary/protocol'
import { expect, it } from 'vitest'
import { modelOf, RUN, taskOf } from '../testing/participant-fixture.ts'
import { decodeModel } from './model-check.ts'

const kernel: NamedTensor = { name: 'dense1/kernel', shape: [784, 10], data: new Float32Array(7840) }
const bias: NamedTensor = { name: 'dense1/bias', shape: [10], data: new Float32Array(10).fill(2) }
const decoded = (...tensors: NamedTensor[]) => decodeModel(encodeModel(tensors).bytes, taskOf())

it('gives the tensors in the order of the specification, by their names', () => {
  expect(decoded(bias, kernel)).toEqual([kernel, bias])
})

it.each<[string, () => unknown]>([
  ['it has no tensor dense1/bias', () => decoded(kernel, { ...bias, name: 'dense2/bias' })],
  ['1 tensors instead of 2', () => decoded(kernel)],
  ['3 tensors instead of 2', () => decoded(kernel, bias, { ...bias, name: 'extra' })],
  ['dense1/kernel has shape [10,784] instead of [784,10]', () => decoded({ ...kernel, shape: [10, 784] }, bias)],
  ['its header says update', () => decodeModel(updateBytes(), taskOf())],
  ['ends after', () => decodeModel(modelOf(1).bytes.slice(0, -4), taskOf())],
  ['does not begin with TRIB', () => decodeModel(new Uint8Array(100), taskOf())],
])('refuses a model where %s', (reason, decode) => {
  expect(decode).toThrow(expect.objectContaining({ code: 'unexpected', message: expect.stringContaining(reason) }))
})

function updateBytes(): Uint8Array {
  const report = { loss: null, accuracy: null, seconds: 0, backend: 'x' }
  const participant = 'par_00000001' as ParticipantId
  return encodeUpdate([kernel, bias], { run: RUN, round: 1, participant, form: 'parameters', samples: 1, report }).bytes
}
