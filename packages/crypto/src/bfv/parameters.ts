import { type HeParameters, heParametersSchema, TributaryError } from '@tributary/protocol'
import { keysNeeded } from './key-cap.ts'
import { estimateNoise, LEAST_BUDGET, openingLevel } from './noise-estimate.ts'
import { isPrime, largestBatchingPrime } from './primes.ts'

/** Of one run, as all parties know it. */
export interface ParameterInput {
  /** n, or a bound on it. */
  readonly rows: number
  /** p_j of each party with columns. */
  readonly features: readonly number[]
  /** m, parties with columns. */
  readonly parties: number
  /** Fractional bits of table entries and of u. */
  readonly fx: number
  readonly fu: number
  /** log2 of the factor by which ‖u_j‖ may exceed √n: 3 for gd and nesterov, 0 for pcg. */
  readonly extraBits: number
}

/** Bits of t: below 40 the flood would stand too low over the noise it hides; SEAL takes 60 at most. */
const LEAST_PLAIN_BITS = 40
const MOST_PLAIN_BITS = 60
/** Bits by which the flood must stand above the products' noise by the estimate: distance ≤ N·2^−40 per opening. */
const LEAST_FLOOD_MARGIN = 40
/** Largest Q·P at 128 bits of security with a ternary key (Homomorphic Encryption Security Standard, Table 1). */
const SECURE_BITS = { 8192: 218, 16384: 438 } as const
const RING_DEGREES = [8192, 16384] as const
type RingDegree = (typeof RING_DEGREES)[number]

/** The prime chain of a ring. Primes of t's own size are avoided: t would be one of them. */
function primeChain(ringDegree: RingDegree, plainBits: number): readonly number[] {
  if (ringDegree === 8192) return [60, 60, 60, 38]
  return plainBits === 60 ? [55, 55, 55, 55, 55, 40] : [60, 60, 60, 60, 60]
}

/** Σ x̂·d̂ stays below t/2 when F + log2 n + log2 m + 1.01 + extra ≤ τ: Cauchy-Schwarz over ‖x‖ = √n, ‖u_j‖ ≤ 1.001·√n. */
const overhead = ({ rows, parties, extraBits }: ParameterInput) => Math.log2(rows) + Math.log2(parties) + 1.01 + extraBits

function checkOverflow(input: ParameterInput, available: number): void {
  const digits = input.fx + input.fu
  const needed = digits + overhead(input)
  if (needed <= available) return
  const largest = Math.max(0, Math.floor(available - overhead(input)))
  throw new TributaryError('slr_overflow_bound', { digits, needed: Math.round(needed * 100) / 100, available, largest })
}

const noiseOf = (input: { rows: number; parties: number }, ringDegree: number, plainBits: number, primes: readonly number[]) => ({
  plainBits,
  primeBits: primes,
  chunks: Math.ceil(input.rows / ringDegree),
  summands: input.parties + 1,
})

const refuse = (reason: string) => new TributaryError('slr_params', { reason })

/**
 * The smallest parameters that are secure at 128 bits, exact for this run and leave each opening its margin of noise.
 *
 * @throws TributaryError slr_overflow_bound when the fractional bits do not fit the largest t; he_budget when no ring leaves the
 *   margin; slr_params when a step needed too many keys or the figures are none.
 */
export function chooseParameters(input: ParameterInput): HeParameters {
  checkInput(input)
  checkOverflow(input, MOST_PLAIN_BITS)
  const least = Math.max(LEAST_PLAIN_BITS, Math.ceil(input.fx + input.fu + overhead(input)))
  let bits = 0
  for (const ringDegree of RING_DEGREES) {
    for (let plainBits = least; plainBits <= MOST_PLAIN_BITS; plainBits += 1) {
      const primeBits = primeChain(ringDegree, plainBits)
      const noise = noiseOf(input, ringDegree, plainBits, primeBits)
      if (estimateNoise(noise).floodMargin < LEAST_FLOOD_MARGIN) continue
      const level = openingLevel(noise)
      bits = level.bits
      const plainModulus = largestBatchingPrime(plainBits, ringDegree)
      if (level.primes === null || plainModulus === null) break
      return {
        ringDegree,
        plainModulus: String(plainModulus),
        plainModulusBits: plainBits,
        primeBits: [...primeBits],
        openingPrimes: level.primes,
        keysPerStep: keysNeeded(ringDegree, plainBits, input.features),
      }
    }
  }
  throw new TributaryError('he_budget', { bits, needed: LEAST_BUDGET })
}

/**
 * What a party checks before it signs a manifest that somebody else wrote. Stronger parameters than the product's choice are
 * taken (a larger ring, a larger t); anything weaker, or that does not fit together, is refused.
 *
 * @throws TributaryError slr_params, slr_overflow_bound, he_budget.
 */
export function checkParameters(he: HeParameters, input: ParameterInput): void {
  checkInput(input)
  checkScheme(he, input.rows, input.parties)
  checkOverflow(input, he.plainModulusBits)
  const keys = keysNeeded(he.ringDegree, he.plainModulusBits, input.features)
  if (he.keysPerStep !== keys) throw refuse(`a step needs ${keys} keys, not ${he.keysPerStep}`)
}

/**
 * The part that the key service and every worker can check without the parties' figures: security, t, chain, level, noise.
 *
 * @throws TributaryError slr_params, he_budget.
 */
export function checkScheme(he: HeParameters, rows: number, parties = 1): void {
  const parsed = heParametersSchema.safeParse(he)
  if (!parsed.success) throw refuse(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  if (!Number.isSafeInteger(rows) || rows < 1) throw refuse(`${rows} rows`)
  const { ringDegree, plainModulusBits, primeBits, openingPrimes } = he
  const total = primeBits.reduce((sum, bits) => sum + bits, 0)
  if (total > SECURE_BITS[ringDegree])
    throw refuse(`${total} bits of primes exceed the ${SECURE_BITS[ringDegree]} that are secure at ring degree ${ringDegree}`)
  checkPlainModulus(he)
  const chain = primeChain(ringDegree, plainModulusBits)
  if (chain.join() !== primeBits.join()) throw refuse(`primes of ${primeBits.join(', ')} bits instead of ${chain.join(', ')}`)
  const noise = noiseOf({ rows, parties }, ringDegree, plainModulusBits, primeBits)
  const { floodMargin, opening } = estimateNoise(noise)
  if (floodMargin < LEAST_FLOOD_MARGIN)
    throw refuse(`the flood stands ${floodMargin} bits over the noise and ${LEAST_FLOOD_MARGIN} are needed`)
  const level = openingLevel(noise)
  if (level.primes === null) throw new TributaryError('he_budget', { bits: level.bits, needed: LEAST_BUDGET })
  if (openingPrimes < level.primes) throw new TributaryError('he_budget', { bits: opening(openingPrimes), needed: LEAST_BUDGET })
  if (openingPrimes > level.primes) throw refuse(`openings keep ${openingPrimes} primes where ${level.primes} are enough`)
}

function checkPlainModulus({ plainModulus, plainModulusBits, ringDegree }: HeParameters): void {
  const t = BigInt(plainModulus)
  if (t.toString(2).length !== plainModulusBits) throw refuse(`t has ${t.toString(2).length} bits, not ${plainModulusBits}`)
  if (plainModulusBits < LEAST_PLAIN_BITS) throw refuse(`t has fewer than ${LEAST_PLAIN_BITS} bits`)
  if (t % (2n * BigInt(ringDegree)) !== 1n) throw refuse(`t is not 1 modulo ${2 * ringDegree}, so there are no slots`)
  if (!isPrime(t)) throw refuse('t is not prime')
  if (t !== largestBatchingPrime(plainModulusBits, ringDegree)) throw refuse(`t is not the largest such prime of its size`)
}

function checkInput(input: ParameterInput): void {
  const whole = [input.rows, input.parties, input.fx, input.fu, ...input.features].every((value) => Number.isSafeInteger(value))
  const positive = input.rows >= 1 && input.parties >= 1 && input.fx >= 0 && input.fu >= 0
  if (!whole || !positive || input.features.some((count) => count < 0) || !(input.extraBits >= 0))
    throw refuse('rows, columns and digits must be whole and positive')
  if (Math.max(0, ...input.features) === 0) throw refuse('no party has columns')
}
