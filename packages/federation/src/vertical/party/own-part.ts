import { type CiphertextLayout, ciphertextLayout, TributaryError } from '@tributary/protocol'
import { norm, requireNoWrap, toFixed } from '../arithmetic/fixed-point.ts'
import { innerProduct } from '../arithmetic/inner-product.ts'
import { timesColumns } from '../arithmetic/vectors.ts'
import type { VerticalSurroundings } from '../effects.ts'
import type { PreparedTable } from '../jobs.ts'
import { type Contributors, normBudget, productBound, requireWithin } from '../optimisers/budget.ts'
import { combinationOf, type StepKind } from '../optimisers/optimiser.ts'
import type { OwnPart } from '../optimisers/state.ts'
import { ownOutOfRange } from '../run/announced.ts'
import { declaredFeatures, effectiveLambda, labelPartyName, partiesWithColumns } from '../run/roles.ts'
import type { StepKey, Stepping } from './state.ts'

/** @throws TributaryError `slr_aborted` when the prepared table is gone */
export function tableOf({ table, me }: VerticalSurroundings): PreparedTable {
  if (table === null) throw new TributaryError('slr_aborted', { name: me, reason: 'its prepared table is gone' })
  return table
}

export function ownPart(around: VerticalSurroundings): OwnPart {
  const { rows, factor, label } = tableOf(around)
  const { settings } = around.manifest
  const labelSquares = label === null ? 0 : innerProduct(label, label, settings.fixedPoint.fu)
  return { rows, factor, labelSquares, lambda: effectiveLambda(settings) }
}

export const contributors = ({ manifest }: VerticalSurroundings, rows: number): Contributors => ({
  rows,
  parties: partiesWithColumns(manifest),
  labelPartyHasColumns: declaredFeatures(manifest, labelPartyName(manifest)) > 0,
  logistic: manifest.settings.task === 'logistic',
})

export function stepKind(state: Stepping, key: Pick<StepKey, 'exponent'>, { manifest }: VerticalSurroundings): StepKind {
  const labelExponent = manifest.settings.task === 'logistic' ? 1 : 0
  return { step: state.step, closing: state.closing, exponent: key.exponent, labelExponent }
}

/**
 * The integers that this party adds to the step's ciphertexts: round(2^fu·u_j), less the label's at the label party.
 * @throws TributaryError `slr_range` when the vector is longer than its budget
 */
export function ownValues(state: Stepping & { readonly key: StepKey }, around: VerticalSurroundings): BigInt64Array {
  const { columns, label, rows } = tableOf(around)
  const { optimiser, fixedPoint } = around.manifest.settings
  const kind = stepKind(state, state.key, around)
  const { v, factor, labelFactor } = combinationOf(state.optimiser, kind, rows, state.totals)
  const u = timesColumns(
    columns,
    v.map((value) => factor * value),
    rows,
  )
  if (label !== null) for (let i = 0; i < rows; i += 1) u[i] = (u[i] ?? 0) - labelFactor * (label[i] ?? 0)
  requireWithin(norm(u), normBudget(contributors(around, rows), optimiser.name, kind), state.step)
  return toFixed(u, fixedPoint.fu)
}

/** The owner checks its true numbers; on masked ones nobody can. @throws TributaryError `slr_range` */
export function requireProducts(
  h: readonly number[],
  state: Stepping & { readonly key: StepKey },
  around: VerticalSurroundings,
): void {
  const { rows } = tableOf(around)
  const kind = stepKind(state, state.key, around)
  const bound = productBound(contributors(around, rows), around.manifest.settings.optimiser.name, kind)
  const largest = Math.max(0, ...h.map(Math.abs))
  if (largest > bound) throw ownOutOfRange(state.step, `an opened number is ${largest}, at most ${bound} is possible`)
}

/** No sum of a run may wrap, whatever the manifest's author chose. @throws TributaryError `slr_overflow_bound` */
export function requireRoom(rows: number, around: VerticalSurroundings): void {
  const { settings, he } = around.manifest
  const digits = settings.fixedPoint.fx + settings.fixedPoint.fu
  // The widest step is a later one; step 0 and the closing one are as narrow as pcg's.
  const bound = productBound(contributors(around, rows), settings.optimiser.name, { step: 1, closing: false })
  requireNoWrap(bound * 2 ** digits, BigInt(he.plainModulus), digits)
}

export const layoutOf = ({ manifest }: VerticalSurroundings, rows: number): CiphertextLayout =>
  ciphertextLayout(manifest.he, rows)

/** Right number and length of parts, before a byte is loaded; null when they are right. */
export function wrongSize(partBytes: readonly number[], count: number, bytes: number): TributaryError | null {
  if (partBytes.length === count && partBytes.every((length) => length === bytes)) return null
  const actual = partBytes.reduce((sum, length) => sum + length, 0)
  return new TributaryError('he_size', { actual, expected: count * bytes })
}
