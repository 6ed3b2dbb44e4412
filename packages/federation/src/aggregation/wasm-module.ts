/*
 * Bytes of a small WebAssembly module, put together by hand: section and instruction codes are those of the WebAssembly core
 * specification 2.0, chapter 5 (binary format). A kernel of twenty instructions needs no compiler.
 */

export const I32 = 0x7f
export const F64 = 0x7c
export const V128 = 0x7b

/** An instruction stream: opcodes and immediates. */
export type Code = readonly number[]

/** Unsigned LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest]
    bytes.push((rest & 0x7f) | 0x80)
  }
}

/** Signed LEB128, as constants are written. */
export function signed(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7) {
    const low = rest & 0x7f
    if (rest >> 6 === 0 || rest >> 6 === -1) return [...bytes, low]
    bytes.push(low | 0x80)
  }
}

const vector = (items: readonly Code[]): number[] => [...unsigned(items.length), ...items.flat()]
const text = (name: string): number[] => vector([...new TextEncoder().encode(name)].map((byte) => [byte]))
const section = (id: number, content: Code): number[] => [id, ...unsigned(content.length), ...content]

const BLOCK = [0x02, 0x40]
const LOOP = [0x03, 0x40]
const END = 0x0b

export const local = (index: number): number[] => [0x20, ...unsigned(index)]
export const setLocal = (index: number): number[] => [0x21, ...unsigned(index)]
export const constant = (value: number): number[] => [0x41, ...signed(value)]
export const vectorOf = (opcode: number, ...immediates: number[]): number[] => [0xfd, ...unsigned(opcode), ...immediates]

/** Adds `bytes` to the address in a local. */
export const advance = (index: number, bytes: number): number[] => [...local(index), ...constant(bytes), 0x6a, ...setLocal(index)]

/** Repeats `step` while the address in local `at` lies below the one in local `end`. */
export const whileBelow = (at: number, end: number, step: Code): number[] => [
  ...BLOCK,
  ...LOOP,
  ...local(at),
  ...local(end),
  // i32.ge_u, then out of the block; at the step's end back to the loop.
  ...[0x4f, 0x0d, 1],
  ...step,
  ...[0x0c, 0, END, END],
]

export interface WasmFunction {
  readonly name: string
  readonly parameters: Code
  readonly results: Code
  /** Types of the locals after the parameters. */
  readonly locals: Code
  readonly code: Code
}

/** A module with one exported function that works on the memory imported as `host.memory`. */
export function moduleOf({ name, parameters, results, locals, code }: WasmFunction): Uint8Array<ArrayBuffer> {
  const type = [0x60, ...vector(parameters.map((t) => [t])), ...vector(results.map((t) => [t]))]
  const body = [...vector(locals.map((t) => [1, t])), ...code, END]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([type])),
    ...section(2, vector([[...text('host'), ...text('memory'), 2, 0, 1]])),
    ...section(3, vector([[0]])),
    ...section(7, vector([[...text(name), 0, 0]])),
    ...section(10, vector([[...unsigned(body.length), ...body]])),
  ])
}

/** Null where the machine has no 128-bit vectors or a page's content policy allows no WebAssembly: callers have a plain loop too. */
export function compiled(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module | null {
  try {
    return new WebAssembly.Module(bytes)
  } catch (error) {
    if (error instanceof WebAssembly.CompileError || error instanceof EvalError) return null
    throw error
  }
}
