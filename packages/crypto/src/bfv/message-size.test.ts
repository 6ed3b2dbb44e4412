import { MAX_ENVELOPE_BYTES } from '@tributary/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BfvContext, createContext } from './context.ts'
import { checkMessageSizes } from './message-size.ts'
import { schemeOver } from './testing/inspection.ts'
import { parametersFor } from './testing/tables.ts'

const ROWS = 20_000
const BESIDE_PARTS = 65_536
const input = (features: number) => ({ rows: ROWS, features: [features, 1] })
const parameters = (features: number) => parametersFor(input(features))

let bfv: BfvContext
beforeAll(async () => {
  bfv = await createContext(parameters(1_000))
})
afterAll(() => bfv[Symbol.dispose]())

describe('the largest message of a step', () => {
  it('fits an envelope to the last column, by the sizes that SEAL gives', () => {
    const he = parameters(1_000)
    const { sizes } = schemeOver(bfv, he, ROWS)
    const most = Math.floor((MAX_ENVELOPE_BYTES - BESIDE_PARTS) / sizes.openingBytes)
    expect(most).toBe(1_022)
    expect(() => checkMessageSizes(parameters(most), input(most))).not.toThrow()
    const tooLarge = (most + 1) * sizes.openingBytes + BESIDE_PARTS
    expect(() => checkMessageSizes(parameters(most + 1), input(most + 1))).toThrow(
      expect.objectContaining({
        code: 'slr_params',
        details: { reason: expect.stringContaining(`(open) takes ${tooLarge} bytes and ${MAX_ENVELOPE_BYTES} fit`) },
      }),
    )
  })

  it('is that of the party with the most columns, whatever their order', () => {
    const features = [1, 1_100]
    expect(() => checkMessageSizes(parametersFor({ rows: ROWS, features }), { rows: ROWS, features })).toThrow(/open/)
  })

  it('may be a vector, too', () => {
    const many = { rows: 1_000_000, features: [100, 100] }
    expect(() => checkMessageSizes(parametersFor(many), many)).toThrow(/u or d/)
  })
})
