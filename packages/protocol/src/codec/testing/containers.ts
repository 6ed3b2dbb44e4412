import fc from 'fast-check'
import { participantIdSchema, runIdSchema } from '../../ids.ts'
import { type NamedTensor, sizeOf } from '../../tensors.ts'
import type { UpdateMeta } from '../../update-header.ts'
import { alignUp, PREFIX_BYTES } from '../layout.ts'

/** Bits of a float32: any, and often the special ones (±0, denormals, the largest, ±∞, quiet and signalling NaN with payloads). */
const bits = fc.oneof(
  fc.constantFrom(0, 0x80000000, 1, 0x807fffff, 0x7f7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0xffabcdef),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
)
const name = fc.stringMatching(/^[A-Za-z0-9_][\w./-]{0,12}$/)
const shape = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 })

const tensor: fc.Arbitrary<NamedTensor> = fc
  .tuple(name, shape)
  .chain(([name, shape]) =>
    fc
      .array(bits, { minLength: sizeOf(shape), maxLength: sizeOf(shape) })
      .map((words) => ({ name, shape, data: new Float32Array(Uint32Array.from(words).buffer) })),
  )

/** One to five tensors of any shape and any bits, scalars among them. */
export const anyTensors = fc.uniqueArray(tensor, { minLength: 1, maxLength: 5, selector: ({ name }) => name })

const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
export const anyMeta: fc.Arbitrary<UpdateMeta> = fc.record({
  run: fc.constant(runIdSchema.parse('run_00000001')),
  round: fc.integer({ min: 1, max: 1_000_000 }),
  participant: fc.constant(participantIdSchema.parse('par_00000001')),
  form: fc.constantFrom('parameters' as const, 'gradients' as const),
  samples: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  report: fc.record({
    // JSON writes −0 as 0.
    loss: fc.option(finite.map((x) => x + 0)),
    accuracy: fc.option(fc.double({ min: 0, max: 1, noNaN: true }).map((x) => x + 0)),
    seconds: fc.double({ min: 0, max: 1e9, noNaN: true }).map((x) => x + 0),
    backend: fc.string({ maxLength: 40 }),
  }),
})

export const bitsOf = ({ data }: NamedTensor): number[] => [...new Uint32Array(data.buffer, data.byteOffset, data.length)]

/** A container written by hand, after the layout of docs/protocol.md, so that any part of it can be wrong. */
export function container(
  header: unknown,
  values: Uint8Array = new Uint8Array(0),
  headerBytes?: number,
): Uint8Array<ArrayBuffer> {
  const text =
    header instanceof Uint8Array ? header : new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const start = alignUp(PREFIX_BYTES + text.byteLength)
  const bytes = new Uint8Array(start + values.byteLength)
  bytes.set([0x54, 0x52, 0x49, 0x42, 1])
  new DataView(bytes.buffer).setUint32(8, headerBytes ?? text.byteLength, true)
  bytes.set(text, PREFIX_BYTES)
  bytes.set(values, start)
  return bytes
}
