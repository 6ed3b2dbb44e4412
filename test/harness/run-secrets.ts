import type { SecretIdentity } from '@tributary/crypto'
import { pairMask } from '@tributary/crypto'
import type { ColumnsInMemory, PartyStore } from '@tributary/party'
import type { MessageBody, PartyKeys } from '@tributary/protocol'
import { unpackTable } from '../../packages/party/src/jobs/prepared-table.ts'
import { addRuns, type Needles } from './needles.ts'
import type { Opened } from './wire-tap.ts'

/** Digits of a number that name it. */
const TEXT = 11
const DIGITS = 14

/** A table as its owner has it: ids and cells, as text and as numbers in memory. */
export function addTable(needles: Needles, owner: string, { ids, columns }: ColumnsInMemory): void {
  for (const id of ids) needles.add(`an id of ${owner}`, id)
  for (const values of Object.values(columns)) {
    for (const value of Array.from(values)) needles.add(`a cell of ${owner} as text`, String(value).slice(0, TEXT))
    addRuns(needles, `a cell of ${owner}`, values, 'float64', 1)
    addRuns(needles, `cells of ${owner}`, values, 'float32', 2)
  }
}

/** The same as the protocol uses it: aligned, standardised, in fixed point; and the model. */
export function addPrepared(needles: Needles, owner: string, store: PartyStore, run: string, weights: readonly number[]): void {
  const { columns, label } = unpackTable(store.run(run).blob('table'))
  for (const values of [...columns, ...(label === null ? [] : [label])]) {
    addRuns(needles, `standardised cells of ${owner}`, values, 'float64', 2)
    addRuns(needles, `standardised cells of ${owner}`, values, 'float32', 2)
    const integers = BigInt64Array.from(values, (value) => BigInt(Math.round(value * 2 ** DIGITS)))
    addRuns(needles, `standardised cells of ${owner}`, integers, 'int64', 2)
  }
  for (const weight of weights) needles.add(`a weight of ${owner} as text`, String(weight).slice(0, TEXT))
  addRuns(needles, `a weight of ${owner}`, weights, 'float64', 1)
}

/** What a party encrypts: u_j, or u_B − y. */
export function addVector(needles: Needles, owner: string, values: BigInt64Array): void {
  addRuns(needles, `the vector of ${owner}`, values, 'int64', 2)
  addRuns(
    needles,
    `the vector of ${owner}`,
    Float64Array.from(values, (value) => Number(value) / 2 ** DIGITS),
    'float64',
    2,
  )
}

const POINT_BYTES = 33

/** Points of the alignment, without their prefix. */
export function addPoints(needles: Needles, opened: readonly Opened[]): void {
  for (const { content } of opened) {
    if (!content.kind.startsWith('psi-')) continue
    for (const part of content.parts)
      for (let at = 0; at < part.length; at += POINT_BYTES) needles.add('a point', part.subarray(at + 1, at + POINT_BYTES))
  }
}

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value)

export interface Share {
  readonly from: string
  readonly masked: bigint
  readonly plain: bigint
}

/** Shares as they were before their masks, computed with everybody's secrets. */
export function sharesOf(
  opened: readonly Opened[],
  data: readonly string[],
  identities: Readonly<Record<string, SecretIdentity>>,
  keys: (name: string) => PartyKeys,
): Share[] {
  return opened.flatMap(({ envelope: { header }, content }) => {
    if (content.kind !== 'share') return []
    const { run, step, from } = header
    const me = identities[from] as SecretIdentity
    return Object.entries((content.body as MessageBody<'share'>).values).map(([kind, value]) => {
      const mask = data
        .filter((peer) => peer !== from)
        .reduce((sum, peer) => sum + (from < peer ? 1n : -1n) * pairMask({ me, peer: keys(peer), run, step, kind }), 0n)
      return { from, masked: BigInt(value), plain: wrap(BigInt(value) - mask) }
    })
  })
}

/** Shares of some size; zeros and exponents name nobody. */
export function addShares(needles: Needles, shares: readonly Share[]): void {
  for (const { from, plain } of shares) {
    if (plain.toString().length < 8 || wrap(-plain) < 1n << 26n) continue
    needles.add(`a share of ${from} as text`, plain.toString())
    addRuns(needles, `a share of ${from}`, BigInt64Array.of(BigInt.asIntN(64, plain)), 'int64', 1)
  }
}
