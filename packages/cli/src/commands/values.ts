import { InvalidArgumentError } from 'commander'

/** Parsers of option values: what they refuse is wrong usage and ends with exit code 2. */

export const integer =
  (minimum: number, maximum: number) =>
  (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (Number.isSafeInteger(value) && value >= minimum && value <= maximum) return value
    throw new InvalidArgumentError(`Expected a whole number from ${minimum} to ${maximum}.`)
  }

export const positive = (text: string): number => {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('Expected a number above 0.')
}

export const nonNegative = (text: string): number => {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isFinite(value) && value >= 0) return value
  throw new InvalidArgumentError('Expected a number of at least 0.')
}

/** C of McMahan et al. 2017: above 0, at most 1. */
export const fraction = (text: string): number => {
  const value = positive(text)
  if (value <= 1) return value
  throw new InvalidArgumentError('Expected a number above 0 and at most 1.')
}

export const port = integer(0, 65_535)
export const seed = integer(0, 2 ** 32 - 1)

/** B: a number of rows, or "all" for B = ∞ (null). */
export const batchSize = (text: string): number | null => (text === 'all' ? null : integer(1, 1_000_000)(text))

/** "28x28x1" → [28, 28, 1]. */
export const shape = (text: string): number[] => {
  const sizes = text.split('x').map((size) => (/^[1-9]\d*$/.test(size) ? Number(size) : Number.NaN))
  if (sizes.length <= 4 && sizes.every(Number.isSafeInteger)) return sizes
  throw new InvalidArgumentError('Expected sizes like 784 or 28x28x1.')
}

/** "64,32" → [64, 32]. */
export const widths = (text: string): number[] => text.split(',').map(integer(1, 100_000))

export interface Part {
  /** Counted from 1. */
  readonly number: number
  readonly of: number
}

/** "2/4" → the second of four parts. */
export const part = (text: string): Part => {
  const [, number, of] = /^(\d{1,5})\/(\d{1,5})$/.exec(text) ?? []
  const value = { number: Number(number), of: Number(of) }
  if (value.number >= 1 && value.number <= value.of) return value
  throw new InvalidArgumentError('Expected a part like 2/4, counted from 1.')
}
