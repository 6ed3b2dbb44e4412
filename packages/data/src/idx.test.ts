import { TributaryError } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { readIdx } from './idx.ts'

const hex = (text: string) => Uint8Array.from(text.replace(/\s/g, '').match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))

describe('readIdx', () => {
  // Bytes by hand from the description of the format; floats from IEEE 754: 1.5 = 3fc00000, -2 = c0000000 / c000...
  it.each([
    ['uint8', '00000802 00000002 00000002 00 7f 80 ff', [2, 2], Uint8Array.of(0, 127, 128, 255)],
    ['int8', '00000901 00000002 7f ff', [2], Int8Array.of(127, -1)],
    ['int16', '00000b01 00000002 0102 fffe', [2], Int16Array.of(258, -2)],
    ['int32', '00000c01 00000002 01020304 ffffffff', [2], Int32Array.of(16_909_060, -1)],
    ['float32', '00000d01 00000002 3fc00000 c0000000', [2], Float32Array.of(1.5, -2)],
    ['float64', '00000e01 00000002 3ff8000000000000 c000000000000000', [2], Float64Array.of(1.5, -2)],
    ['a scalar', '00000800 2a', [], Uint8Array.of(42)],
    ['no rows', '00000802 00000000 00000005', [0, 5], Uint8Array.of()],
  ])('reads %s', (_, bytes, shape, data) => {
    expect(readIdx(hex(bytes))).toEqual({ shape, data })
    // Where the bytes lie in their buffer makes no difference.
    expect(readIdx(hex(`ff${bytes}`).subarray(1))).toEqual({ shape, data })
  })

  it.each([
    ['an empty file', '', /does not start as an IDX file/],
    ['another format', '89504e47 0d0a1a0a', /does not start as an IDX file/],
    ['an unknown type', '00000a01 00000001 00', /does not start as an IDX file/],
    ['half a header', '00000803 00000001', /ends within the IDX header/],
    ['too few data', '00000801 00000003 0102', /says 11 bytes in all, found 10/],
    ['too many data', '00000801 00000001 0102', /says 9 bytes in all, found 10/],
    ['a size beyond all memory', '00000803 ffffffff ffffffff ffffffff 00', /bytes in all, found 17/],
  ])('refuses %s', (_, bytes, reason) => {
    const read = () => readIdx(hex(bytes), 'some.idx')
    expect(read).toThrow(TributaryError)
    expect(read).toThrow(reason)
    expect(read).toThrow(/^some\.idx cannot be read/)
  })
})
