import { afterAll, beforeAll, expect, it } from 'vitest'
import type { BfvScheme } from './bfv-scheme.ts'
import { createContext } from './context.ts'
import { combineByAddPlain, readWithOwnKey } from './testing/add-plain-attack.ts'
import { schemeOver } from './testing/inspection.ts'
import { parametersFor, seededVector } from './testing/tables.ts'

const he = parametersFor({ rows: 442 })
let scheme: BfvScheme
let free: () => void

beforeAll(async () => {
  const bfv = await createContext(he)
  scheme = schemeOver(bfv, he, 442)
  free = () => bfv[Symbol.dispose]()
})
afterAll(() => free())

it('a residual that was added in plain is read by the feature party, and noticed; one that is encrypted is neither', () => {
  const { publicKeys } = scheme.newKeys()
  const residual = seededVector(1, 442, 20)
  const u = scheme.encrypt(seededVector(2, 442, 20), publicKeys)

  const weak = combineByAddPlain(scheme, u, residual)
  expect(readWithOwnKey(scheme, weak[0] as Uint8Array, u[0] as Uint8Array)).toEqual(residual)
  expect(scheme.sharesRandomness(weak, u)).toBe(true)

  const real = scheme.combine([u], residual, publicKeys)
  const read = readWithOwnKey(scheme, real[0] as Uint8Array, u[0] as Uint8Array)
  expect(read.filter((value, i) => value === residual[i]).length).toBeLessThan(3)
  expect(scheme.sharesRandomness(real, u)).toBe(false)
})
