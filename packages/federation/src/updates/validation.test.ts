import {
  ContainerDecoder,
  type ErrorCode,
  encodeModel,
  encodeUpdate,
  type NamedTensor,
  runIdSchema,
  specOf,
  TributaryError,
  type UpdateMeta,
} from '@tributary/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { member, RUN } from '../run-machine/testing/cast.ts'
import type { UpdateExpectation } from './expectation.ts'
import { allFinite, allFinitePlainly } from './finite.ts'
import { UpdateValidation } from './validation.ts'

const kernel: NamedTensor = { name: 'kernel', shape: [2, 3], data: Float32Array.from([1, 2, 3, 4, 5, 6]) }
const bias: NamedTensor = { name: 'bias', shape: [3], data: Float32Array.from([0, -0, 1e-45]) }
const expected: UpdateExpectation = {
  run: RUN,
  round: 2,
  participant: member('a').id,
  form: 'parameters',
  tensors: specOf([kernel, bias]),
}
const meta: UpdateMeta = {
  run: RUN,
  round: 2,
  participant: member('a').id,
  form: 'parameters',
  samples: 5,
  report: { loss: 1, accuracy: null, seconds: 1, backend: 'wasm' },
}

const feed = (bytes: Uint8Array): void => {
  const decoder = new ContainerDecoder(new UpdateValidation(expected))
  decoder.push(bytes)
  decoder.end()
}
function refusal(bytes: Uint8Array): TributaryError {
  try {
    feed(bytes)
  } catch (error) {
    if (error instanceof TributaryError) return error
    throw error
  }
  throw new Error('it was taken')
}
const update = (tensors: NamedTensor[], changes: Partial<UpdateMeta> = {}) => encodeUpdate(tensors, { ...meta, ...changes }).bytes

describe('UpdateValidation', () => {
  it('takes what fits, in any order of names', () => {
    expect(() => feed(update([kernel, bias]))).not.toThrow()
    expect(() => feed(update([bias, kernel]))).not.toThrow()
  })

  it.each<[string, Uint8Array, ErrorCode, Record<string, unknown>]>([
    ['a model', encodeModel([kernel, bias]).bytes, 'update_malformed', {}],
    [
      'another run',
      update([kernel, bias], { run: runIdSchema.parse('run_00000002') }),
      'update_wrong_run',
      { actual: 'run_00000002', expected: RUN },
    ],
    ['an earlier round', update([kernel, bias], { round: 1 }), 'update_wrong_round', { actual: 1, expected: 2 }],
    ['another participant', update([kernel, bias], { participant: member('b').id }), 'update_wrong_participant', {}],
    ['another form', update([kernel, bias], { form: 'gradients' }), 'update_wrong_form', { actual: 'gradients' }],
    ['a missing tensor', update([kernel]), 'update_wrong_names', { missing: 'bias', unknown: 'none' }],
    [
      'an unknown tensor',
      update([kernel, bias, { ...bias, name: 'extra' }]),
      'update_wrong_names',
      { missing: 'none', unknown: 'extra' },
    ],
    ['a renamed tensor', update([kernel, { ...bias, name: 'beta' }]), 'update_wrong_names', { missing: 'bias', unknown: 'beta' }],
    [
      'a transposed shape',
      update([{ ...kernel, shape: [3, 2] }, bias]),
      'update_wrong_shape',
      { tensor: 'kernel', actual: '3,2', expected: '2,3' },
    ],
    ['a flattened shape', update([{ ...kernel, shape: [6] }, bias]), 'update_wrong_shape', { tensor: 'kernel' }],
    ['an axis of one too many', update([kernel, { ...bias, shape: [3, 1] }]), 'update_wrong_shape', { tensor: 'bias' }],
    ['NaN', update([kernel, { ...bias, data: Float32Array.from([0, Number.NaN, 0]) }]), 'update_not_finite', { tensor: 'bias' }],
    [
      'infinity',
      update([{ ...bias, data: Float32Array.from([0, 0, Number.NEGATIVE_INFINITY]) }, kernel]),
      'update_not_finite',
      { tensor: 'bias' },
    ],
  ])('refuses %s', (_, bytes, code, details) => {
    const error = refusal(bytes)
    expect(error).toMatchObject({ code, details })
    expect(error.message).not.toMatch(/[{?}]/)
  })

  it('names at most five tensors of a long list', () => {
    const extra = Array.from({ length: 9 }, (_, i) => ({ ...bias, name: `extra${i}` }))
    expect(refusal(update([kernel, bias, ...extra])).details.unknown).toBe('extra0, extra1, extra2, extra3, extra4 …')
  })

  it('finds one bad value anywhere, with the bytes cut anywhere', () => {
    fc.assert(
      fc.property(
        fc.nat(8),
        fc.constantFrom(0x7fc00000, 0x7f800001, 0xffc12345, 0x7f800000, 0xff800000),
        fc.nat(),
        (at, bits, cut) => {
          const bytes = update([kernel, bias])
          new DataView(bytes.buffer).setUint32(bytes.length - 36 + 4 * at, bits, true)
          const decoder = new ContainerDecoder(new UpdateValidation(expected))
          expect(() => {
            decoder.push(bytes.subarray(0, cut % bytes.length))
            decoder.push(bytes.subarray(cut % bytes.length))
          }).toThrow(expect.objectContaining({ code: 'update_not_finite', details: { tensor: at < 6 ? 'kernel' : 'bias' } }))
        },
      ),
      { numRuns: 200, seed: 2 },
    )
  })
})

describe('allFinite', () => {
  it('agrees with Number.isFinite for every kind of float, bit by bit', () => {
    const special = [
      0, 0x80000000, 1, 0x80000001, 0x007fffff, 0x00800000, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7f800001,
      0x7fffffff, 0xffc00000,
    ]
    const bits = fc.oneof(fc.constantFrom(...special), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
    fc.assert(
      fc.property(fc.array(bits, { maxLength: 6 }), fc.nat(3), (words, skip) => {
        // A view into the middle of a buffer, as the decoder hands on.
        const buffer = new Uint32Array([...new Array<number>(skip).fill(0x7fc00000), ...words]).buffer
        const values = new Float32Array(buffer, 4 * skip)
        expect(allFinite(values)).toBe([...values].every(Number.isFinite))
      }),
      { numRuns: 1000, seed: 8, examples: special.map((word) => [[word], 0]) },
    )
  })

  it('finds one such value wherever it stands in a long vector, and no other', () => {
    const others = [0, 0x80000000, 0x007fffff, 0x7f7fffff, 0xff7fffff, 0x3f800000]
    for (const length of [256, 300, 1000, 65_536, 65_537, 140_001]) {
      const words = Uint32Array.from({ length }, (_, i) => others[i % others.length] as number)
      const values = new Float32Array(words.buffer)
      expect(allFinite(values)).toBe(true)
      const places = length <= 1000 ? words.keys() : [0, 1, 2, 3, 65_535, 65_536, length - 2, length - 1]
      for (const at of places) {
        if (at >= length) continue
        const before = words[at] as number
        for (const bad of [0x7f800000, 0xff800000, 0x7f800001, 0xffc00000]) {
          words[at] = bad
          if (allFinite(values)) expect.fail(`${bad} at ${at} of ${length} passed`)
        }
        words[at] = before
      }
      expect(allFinite(values)).toBe(true)
    }
  })

  it('is the same by the plain loop', () => {
    const values = new Float32Array(1000)
    expect([allFinite(values), allFinitePlainly(values)]).toEqual([true, true])
    values[999] = Number.NaN
    expect([allFinite(values), allFinitePlainly(values)]).toEqual([false, false])
  })
})
