import { describe, expect, it } from 'vitest'
import { compiled, signed, unsigned } from './wasm-module.ts'

describe('LEB128', () => {
  // The first of each from Wikipedia's article and DWARF 5, tables in 7.6.
  it.each([
    [624_485, [0xe5, 0x8e, 0x26]],
    [2, [2]],
    [127, [127]],
    [128, [0x80, 1]],
    [12_857, [0xb9, 0x64]],
    [0xffffffff, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])('of %i, unsigned', (value, bytes) => {
    expect(unsigned(value)).toEqual(bytes)
  })

  it.each([
    [-123_456, [0xc0, 0xbb, 0x78]],
    [2, [2]],
    [-2, [0x7e]],
    [63, [63]],
    [64, [0xc0, 0]],
    [127, [0xff, 0]],
    [-127, [0x81, 0x7f]],
    [-128, [0x80, 0x7f]],
    [0x7fffffff, [0xff, 0xff, 0xff, 0xff, 0x07]],
  ])('of %i, signed', (value, bytes) => {
    expect(signed(value)).toEqual(bytes)
  })
})

describe('compiled', () => {
  it('is null for a module that this machine does not take', () => {
    expect(compiled(Uint8Array.of(0, 0x61, 0x73, 0x6d, 9, 0, 0, 0))).toBeNull()
  })
})
