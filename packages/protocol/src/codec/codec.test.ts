import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sizeOf, specOf } from '../tensors.ts'
import { ContainerDecoder, decodeContainer } from './decode.ts'
import { encodeContainer, encodeModel, encodeUpdate, encodeValues } from './encode.ts'
import { containerBytes } from './layout.ts'
import { anyMeta, anyTensors, bitsOf, container } from './testing/containers.ts'

describe('encode, then decode', () => {
  it('gives every update back, bit by bit', () => {
    fc.assert(
      fc.property(anyTensors, anyMeta, (tensors, meta) => {
        const { bytes, sha256 } = encodeUpdate(tensors, meta)
        expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
        const header = { kind: 'update' as const, tensors: specOf(tensors), meta }
        expect(bytes.byteLength).toBe(containerBytes(header))
        const decoded = decodeContainer(bytes)
        expect(decoded.header).toEqual(header)
        expect(decoded.tensors.map(({ name, shape }) => [name, shape])).toEqual(tensors.map(({ name, shape }) => [name, shape]))
        expect(decoded.tensors.map(bitsOf)).toEqual(tensors.map(bitsOf))
      }),
      { numRuns: 300, seed: 1 },
    )
  })

  it('gives every model back; equal tensors are equal bytes', () => {
    fc.assert(
      fc.property(anyTensors, (tensors) => {
        const { bytes, sha256 } = encodeModel(tensors)
        expect(bytes.byteLength).toBe(containerBytes({ kind: 'model', tensors: specOf(tensors) }))
        const { header, tensors: decoded } = decodeContainer(bytes)
        expect(header).toEqual({ kind: 'model', tensors: specOf(tensors) })
        expect(encodeModel(decoded).sha256).toBe(sha256)
      }),
      { numRuns: 200, seed: 2 },
    )
  })

  it('does not depend on the order of the header’s keys', () => {
    fc.assert(
      fc.property(anyTensors, anyMeta, (tensors, meta) => {
        const reversed = <T extends object>(value: T): T => Object.fromEntries(Object.entries(value).reverse()) as T
        const other = reversed({ ...meta, report: reversed(meta.report) })
        expect(encodeUpdate(tensors, other).sha256).toBe(encodeUpdate(tensors, meta).sha256)
      }),
      { numRuns: 50, seed: 3 },
    )
  })

  it('comes in runs that lie inside one tensor, in order, from chunks cut anywhere', () => {
    fc.assert(
      fc.property(anyTensors, fc.array(fc.nat(), { maxLength: 12 }), fc.nat(3), (tensors, cuts, shift) => {
        const { bytes } = encodeModel(tensors)
        const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
        const seen = tensors.map(({ data }) => ({ bits: [] as number[], size: data.length }))
        let at = { tensor: 0, offset: 0 }
        const decoder = new ContainerDecoder({
          header: ({ tensors: specs }) => expect(specs).toEqual(specOf(tensors)),
          values(tensor, offset, values) {
            if (at.offset === seen[at.tensor]?.size) at = { tensor: at.tensor + 1, offset: 0 }
            expect([tensor, offset]).toEqual([at.tensor, at.offset])
            at.offset += values.length
            seen[tensor]?.bits.push(...bitsOf({ name: '', shape: [], data: values.slice() }))
          },
        })
        let start = 0
        for (const end of ends) {
          // A chunk that the caller uses again for the next one, at an odd address.
          const chunk = new Uint8Array(end - start + shift).subarray(shift)
          chunk.set(bytes.subarray(start, end))
          decoder.push(chunk)
          chunk.fill(0xee)
          start = end
        }
        decoder.end()
        expect(seen.map(({ bits }) => bits)).toEqual(tensors.map(bitsOf))
      }),
      { numRuns: 300, seed: 4 },
    )
  })

  it('works byte by byte', () => {
    const tensors = [{ name: 'w', shape: [3], data: Float32Array.from([1, -2, 3.5]) }]
    const got: number[] = []
    const decoder = new ContainerDecoder({ header() {}, values: (_tensor, _offset, values) => got.push(...values) })
    for (const byte of encodeModel(tensors).bytes) decoder.push(Uint8Array.of(byte))
    decoder.end()
    expect(got).toEqual([1, -2, 3.5])
  })

  it('takes time in proportion to a header that comes in tiny chunks', () => {
    // 400 kB byte by byte: copying what came before for each byte would move 80 GB.
    const bytes = container({ kind: 'model', tensors: [], filler: 'x'.repeat(400_000) })
    const decoder = new ContainerDecoder({ header() {}, values() {} })
    const before = process.cpuUsage()
    expect(() => {
      for (const byte of bytes) decoder.push(Uint8Array.of(byte))
    }).toThrow(expect.objectContaining({ code: 'update_malformed' }))
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(3)
  })
})

describe('the layout', () => {
  it('is the one of the specification, byte by byte', () => {
    const { bytes } = encodeModel([{ name: 'w', shape: [2], data: Float32Array.from([1, -2]) }])
    const header = '{"kind":"model","tensors":[{"name":"w","shape":[2],"dtype":"float32"}]}'
    expect(Buffer.from(bytes.subarray(0, 16)).toString('hex')).toBe(`5452494201000000${header.length.toString(16)}00000000000000`)
    expect(Buffer.from(bytes.subarray(16, 16 + header.length)).toString()).toBe(header)
    expect(bytes.length).toBe(128 + 8)
    expect(bytes.subarray(16 + header.length, 128).every((byte) => byte === 0)).toBe(true)
    expect(Buffer.from(bytes.subarray(128)).toString('hex')).toBe('0000803f000000c0')
  })

  it('hands large tensors on in pieces of at most 1 MiB, without gaps', () => {
    const values = Float32Array.from({ length: 600_000 }, (_, i) => i)
    const pieces = [...encodeValues(values)]
    expect(pieces.map(({ byteLength }) => byteLength)).toEqual([1 << 20, 1 << 20, 2_400_000 - (2 << 20)])
    expect(Buffer.concat(pieces).equals(Buffer.from(values.buffer))).toBe(true)
  })

  it('encodes a view into a larger buffer', () => {
    const data = new Float32Array([9, 1, 2, 9]).subarray(1, 3)
    expect(decodeContainer(encodeModel([{ name: 'w', shape: [2], data }]).bytes).tensors[0]?.data).toEqual(Float32Array.of(1, 2))
  })
})

describe('a fault of the caller', () => {
  const w = { name: 'w', shape: [2], data: new Float32Array(2) }
  const v = { name: 'v', shape: [], data: new Float32Array(1) }
  const encode = (specs: (typeof w)[], tensors: (typeof w)[]) => [
    ...encodeContainer({ kind: 'model', tensors: specOf(specs) }, tensors),
  ]
  it.each([
    ['data that do not fill the shape', [w], [{ ...w, data: new Float32Array(3) }]],
    ['another order than the header’s', [w, v], [v, w]],
    ['a tensor that is missing', [w, v], [w]],
    ['a tensor too many', [w], [w, v]],
  ])('is a RangeError: %s', (_, specs, tensors) => {
    expect(() => encode(specs, tensors)).toThrow(RangeError)
  })
})

it('a scalar has one value', () => {
  expect([sizeOf([]), sizeOf([3, 4])]).toEqual([1, 12])
})
