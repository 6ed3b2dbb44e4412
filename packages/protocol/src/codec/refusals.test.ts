import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ErrorCode, isErrorCode, TributaryError } from '../index.ts'
import { ContainerDecoder, decodeContainer } from './decode.ts'
import { encodeUpdate } from './encode.ts'
import { MAX_HEADER_BYTES } from './layout.ts'
import { anyMeta, anyTensors, container } from './testing/containers.ts'

const spec = { name: 'w', shape: [2], dtype: 'float32' }
const values = new Uint8Array(8)
const meta = {
  run: 'run_00000001',
  round: 1,
  participant: 'par_00000001',
  form: 'parameters',
  samples: 1,
  report: { loss: null, accuracy: null, seconds: 1, backend: 'wasm' },
}
const model = (tensors: unknown, extra = {}) => ({ kind: 'model', tensors, ...extra })
const update = (changes: object, tensors: unknown = [spec]) => ({ kind: 'update', tensors, meta: { ...meta, ...changes } })
const good = container(update({}), values)
const changed = (at: number, ...bytes: number[]): Uint8Array => {
  const copy = good.slice()
  copy.set(bytes, at)
  return copy
}

/** The refusal of a container; anything but a TributaryError is thrown on. */
function refusal(bytes: Uint8Array): TributaryError {
  try {
    decodeContainer(bytes)
  } catch (error) {
    if (error instanceof TributaryError) return error
    throw error
  }
  throw new Error('it was taken')
}

describe('a container', () => {
  it('without a fault is taken', () => {
    expect(decodeContainer(good).header.kind).toBe('update')
    expect(decodeContainer(container(model([spec]), values)).header.kind).toBe('model')
  })

  it.each<[string, Uint8Array, ErrorCode, string]>([
    ['with another magic', changed(1, 0x55), 'update_malformed', 'TRIB'],
    ['of another version', changed(4, 2), 'update_malformed', 'version 2'],
    ['with bytes in the reserve', changed(6, 1), 'update_malformed', 'reserved'],
    ['with bytes in the second reserve', changed(15, 1), 'update_malformed', 'reserved'],
    [
      'with bytes in the padding',
      container(model([spec]), values).map((byte, i) => (i === 127 ? 1 : byte)),
      'update_malformed',
      'padding',
    ],
    ['with a header near 4 GiB', changed(8, 0xff, 0xff, 0xff, 0xff), 'update_malformed', '4294967295'],
    ['with a header of one byte too many', container('', values, MAX_HEADER_BYTES + 1), 'update_malformed', 'at most'],
    ['with a header that is not JSON', container('{"kind":'), 'update_malformed', 'not JSON'],
    ['with a header that is not UTF-8', container(Uint8Array.of(0x22, 0xff, 0x22)), 'update_malformed', 'not JSON'],
    ['with an empty header', container(''), 'update_malformed', 'not JSON'],
    ['of an unknown kind', container({ kind: 'weights', tensors: [spec] }), 'update_malformed', 'kind'],
    ['with no tensor', container(model([])), 'update_malformed', 'tensors'],
    ['with an unknown key', container(model([spec], { extra: 1 }), values), 'update_malformed', 'extra'],
    [
      'with __proto__ as a key',
      container('{"__proto__":{},"kind":"model","tensors":[{"name":"w","shape":[2],"dtype":"float32"}]}', values),
      'update_malformed',
      '__proto__',
    ],
    ['with two tensors of one name', container(model([spec, spec]), new Uint8Array(16)), 'update_malformed', 'same name'],
    ['with a hostile name', container(model([{ ...spec, name: '../../etc' }]), values), 'update_malformed', 'name'],
    ['with an axis of zero', container(model([{ ...spec, shape: [0] }])), 'update_malformed', 'shape'],
    ['with an axis of half', container(model([{ ...spec, shape: [1.5] }])), 'update_malformed', 'shape'],
    ['with nine axes', container(model([{ ...spec, shape: [1, 1, 1, 1, 1, 1, 1, 1, 1] }])), 'update_malformed', 'shape'],
    [
      'larger than any memory',
      container(model([{ ...spec, shape: new Array(8).fill(2 ** 31) }])),
      'update_malformed',
      'larger than any memory',
    ],
    ['with round 0', container(update({ round: 0 }), values), 'update_malformed', 'meta.round'],
    [
      'with an infinite loss',
      container(JSON.stringify(update({})).replace('"loss":null', '"loss":1e999'), values),
      'update_malformed',
      'loss',
    ],
    [
      'with accuracy above 1',
      container(update({ report: { ...meta.report, accuracy: 1.5 } }), values),
      'update_malformed',
      'accuracy',
    ],
    ['without a sample count', container(update({ samples: undefined }), values), 'update_samples_invalid', ''],
    ['of no samples', container(update({ samples: 0 }), values), 'update_samples_invalid', ''],
    ['of negative samples', container(update({ samples: -3 }), values), 'update_samples_invalid', ''],
    ['of half a sample', container(update({ samples: 0.5 }), values), 'update_samples_invalid', ''],
    ['of too many samples', container(update({ samples: 2 ** 53 }), values), 'update_samples_invalid', ''],
    ['of samples in words', container(update({ samples: '12' }), values), 'update_samples_invalid', ''],
    ['in float64', container(model([{ ...spec, dtype: 'float64' }]), values), 'update_wrong_dtype', 'Tensor w has dtype float64'],
    ['without a dtype', container(model([{ name: 'w', shape: [2] }]), values), 'update_wrong_dtype', 'missing'],
    ['cut in the prefix', good.subarray(0, 10), 'update_truncated', '16'],
    ['of nothing', new Uint8Array(0), 'update_truncated', '0 bytes'],
    ['cut in the header', good.subarray(0, 100), 'update_truncated', '100'],
    ['cut in the values', good.subarray(0, good.length - 3), 'update_truncated', String(good.length - 3)],
    ['without values', container(update({})), 'update_truncated', ''],
    ['with a byte too many', Buffer.concat([good, Uint8Array.of(0)]), 'update_trailing_bytes', String(good.length)],
  ])('%s is refused', (_, bytes, code, part) => {
    const error = refusal(bytes)
    expect(error.code).toBe(code)
    expect(error.message).toContain(part)
    expect(error.message).not.toMatch(/[{?}]/)
  })

  it('says what was wrong in few words, whatever a stranger wrote', () => {
    const long = 'x'.repeat(1_000_000)
    const hostile = [
      model([{ ...spec, dtype: long }]),
      model([{ ...spec, dtype: { toString: 1 } }]),
      model([{ ...spec, name: { toString: null, valueOf: null }, dtype: [long] }]),
      model([spec], { [long]: 1 }),
      { kind: long },
      update({ [long]: long }),
    ]
    for (const header of hostile) expect(refusal(container(header, values)).message.length).toBeLessThan(500)
  })

  it('is refused when it goes on after its end, in any later chunk', () => {
    const decoder = new ContainerDecoder({ header() {}, values() {} })
    decoder.push(good)
    expect(() => decoder.push(Uint8Array.of(1))).toThrow(expect.objectContaining({ code: 'update_trailing_bytes' }))
  })

  it('is refused by what its sink throws, before a value is read', () => {
    let seen = 0
    const decoder = new ContainerDecoder({
      header() {
        throw new TributaryError('update_wrong_participant')
      },
      values() {
        seen += 1
      },
    })
    expect(() => decoder.push(good)).toThrow(expect.objectContaining({ code: 'update_wrong_participant' }))
    expect(seen).toBe(0)
  })
})

/** Decodes in one piece and in two; must give the same: a container, or a refusal of an update. */
function tryDecode(bytes: Uint8Array, cut: number): ErrorCode | null {
  const attempt = (decode: () => void): ErrorCode | null => {
    try {
      decode()
      return null
    } catch (error) {
      if (!(error instanceof TributaryError)) throw error
      expect(error.code).toMatch(/^update_/)
      expect(isErrorCode(error.code)).toBe(true)
      return error.code
    }
  }
  const whole = attempt(() => decodeContainer(bytes))
  const streamed = attempt(() => {
    const decoder = new ContainerDecoder({ header() {}, values() {} })
    decoder.push(bytes.subarray(0, cut % (bytes.length + 1)))
    decoder.push(bytes.subarray(cut % (bytes.length + 1)))
    decoder.end()
  })
  expect(streamed).toBe(whole)
  return whole
}

type Mutation = (bytes: Uint8Array) => Uint8Array
const at = fc.nat()
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(at, fc.nat(7)).map(
    ([i, bit]): Mutation =>
      (bytes) =>
        bytes.map((byte, j) => (j === i % bytes.length ? byte ^ (1 << bit) : byte)),
  ),
  at.map(
    (i): Mutation =>
      (bytes) =>
        bytes.subarray(0, i % bytes.length),
  ),
  fc.tuple(at, fc.uint8Array({ minLength: 1, maxLength: 20 })).map(
    ([i, more]): Mutation =>
      (bytes) =>
        Buffer.concat([bytes.subarray(0, i % bytes.length), more, bytes.subarray(i % bytes.length)]),
  ),
  fc.tuple(at, at).map(
    ([i, j]): Mutation =>
      (bytes) =>
        Buffer.concat([bytes.subarray(0, i % bytes.length), bytes.subarray(j % bytes.length)]),
  ),
  // A length of the header that is not its own.
  fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(
    (length): Mutation =>
      (bytes) => {
        const copy = bytes.slice()
        if (copy.length >= 12) new DataView(copy.buffer, copy.byteOffset).setUint32(8, length, true)
        return copy
      },
  ),
)

describe('hostile bytes', () => {
  it('end in a container or in a refusal of an update, however they are cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), at, fc.boolean(), (bytes, cut, withMagic) => {
        if (withMagic) bytes.set([0x54, 0x52, 0x49, 0x42, 1, 0, 0, 0].slice(0, bytes.length))
        tryDecode(bytes, cut)
      }),
      { numRuns: 1_500, seed: 1 },
    )
  })

  it('that were a container before one to three mutations do so too', () => {
    const outcomes = new Map<string, number>()
    fc.assert(
      fc.property(
        anyTensors,
        anyMeta,
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        at,
        (tensors, meta, mutations, cut) => {
          const code = tryDecode(
            mutations.reduce(
              (bytes, mutate) => (bytes.length === 0 ? bytes : mutate(bytes)),
              encodeUpdate(tensors, meta).bytes as Uint8Array,
            ),
            cut,
          )
          outcomes.set(String(code), (outcomes.get(String(code)) ?? 0) + 1)
        },
      ),
      { numRuns: 2_500, seed: 2 },
    )
    // The mutations reach beyond the first check.
    for (const code of ['null', 'update_malformed', 'update_truncated', 'update_trailing_bytes'])
      expect(outcomes.get(code), code).toBeGreaterThan(5)
  })

  it('of any JSON as a header do so too', () => {
    const json = fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          kind: fc.constantFrom('model', 'update', 'other'),
          tensors: fc.oneof(
            fc.jsonValue(),
            fc.array(fc.record({ name: fc.jsonValue(), shape: fc.jsonValue(), dtype: fc.jsonValue() }, { requiredKeys: [] })),
          ),
          meta: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
    )
    fc.assert(
      fc.property(json, at, (header, cut) => {
        expect(tryDecode(container(header, values), cut)).not.toBeNull()
      }),
      { numRuns: 1_000, seed: 3 },
    )
  })

  it('reserve no memory that they do not fill', () => {
    const allocated = (work: () => unknown): number => {
      const before = process.memoryUsage().arrayBuffers
      work()
      return process.memoryUsage().arrayBuffers - before
    }
    const large = container(model([{ ...spec, shape: [2 ** 31, 2 ** 10] }]), values)
    const claims = [changed(8, 0xff, 0xff, 0xff, 0xff), changed(8, 0, 0, 0x40, 0), changed(8, 0xf0, 0xff, 0x3f, 0), large]
    for (const bytes of claims) expect(allocated(() => expect(tryDecode(bytes, 20)).not.toBeNull())).toBeLessThan(100_000)
    // The harness can see an allocation; a large one, as older buffers may be freed meanwhile.
    expect(allocated(() => new Float32Array(10_000_000))).toBeGreaterThan(30_000_000)
  })
})
