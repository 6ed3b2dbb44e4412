import type { BfvContext } from '../context.ts'
import { scoped } from '../handles.ts'
import { CIPHERTEXT_HEADER, save } from '../serialised-form.ts'

/** An oracle as the key service is one: a ciphertext at the opening level → Σ of all N slots of its plaintext, mod t. */
export type SumOracle = (ciphertext: Uint8Array) => bigint

/** Ternary digits that one number mod t carries: ⌊τ/log2 3⌋. */
export const digitsPerNumber = (modulus: bigint): number => {
  let digits = 0
  while (3n ** BigInt(digits + 1) <= modulus) digits += 1
  return digits
}

/**
 * Key recovery by crafted openings (0, c₁), Chenal and Tang 2014 adapted to sums of slots: Σ slots = N·m₀, and m₀ is the constant
 * coefficient of ⌊t/q·c₁·s⌉. With c₁ = Σ −⌊q·3^i/t⌉·x^(N−kᵢ) that is Σ 3^i·s_kᵢ, whose balanced ternary digits are coefficients
 * of the secret key. Tests only; the level must have one prime, and rows fill all slots.
 *
 * @param ask the oracle; it is asked ⌈N/⌊τ/log2 3⌋⌉ times, 304 at N = 8192 and t of 44 bits.
 * @returns the coefficients of s that the answers spell, in {−1, 0, 1}.
 */
export function recoverKey(bfv: BfvContext, ask: SumOracle): Int8Array {
  const { ringDegree, modulus } = bfv
  const digits = digitsPerNumber(modulus)
  const prime = openingPrime(bfv)
  const template = openingTemplate(bfv)
  const inverse = inverseModulo(BigInt(ringDegree), modulus)
  const key = new Int8Array(ringDegree)
  for (let first = 0; first < ringDegree; first += digits) {
    const count = Math.min(digits, ringDegree - first)
    const sum = ask(craft(template, { ringDegree, modulus, prime, first, count }))
    let value = (sum * inverse) % modulus
    if (value > modulus / 2n) value -= modulus
    for (let i = 0; i < count; i += 1) {
      const digit = ((((value + 1n) % 3n) + 3n) % 3n) - 1n
      key[first + i] = Number(digit)
      value = (value - digit) / 3n
    }
  }
  return key
}

interface Probe {
  readonly ringDegree: number
  readonly modulus: bigint
  readonly prime: bigint
  readonly first: number
  readonly count: number
}

/** (0, c₁) that asks for s_first … s_(first + count − 1). */
function craft(template: Uint8Array, { ringDegree, modulus, prime, first, count }: Probe): Uint8Array {
  const bytes = template.slice()
  bytes.fill(0, CIPHERTEXT_HEADER)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < count; i += 1) {
    const scaled = (prime * 3n ** BigInt(i) + modulus / 2n) / modulus
    // x^(N−k)·x^k = −1: the sign is ours, but for k = 0.
    const k = first + i
    const at = CIPHERTEXT_HEADER + (ringDegree + ((ringDegree - k) % ringDegree)) * 8
    view.setBigUint64(at, k === 0 ? scaled : prime - scaled, true)
  }
  return bytes
}

function openingTemplate({ seal, context, evaluator, openingLevel }: BfvContext): Uint8Array {
  return scoped((own) => {
    const generator = own(new seal.KeyGenerator(context))
    const zero = own(new seal.Ciphertext())
    own(new seal.Encryptor(context, own(generator.createPublicKey()))).encryptZero(zero)
    evaluator.cipherModSwitchToInplace(zero, openingLevel)
    return save(seal, zero)
  })
}

function openingPrime({ context, openingLevel }: BfvContext): bigint {
  return scoped((own) => {
    const primes = own(own(own(context.getContextData(openingLevel)).parms()).coeffModulus())
    const first = primes.get(0)
    if (primes.size() !== 1 || !first) throw new Error('the opening level has more than one prime')
    return own(first).value()
  })
}

function inverseModulo(value: bigint, prime: bigint): bigint {
  let [result, base] = [1n, value % prime]
  for (let e = prime - 2n; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * base) % prime
    base = (base * base) % prime
  }
  return result
}

/** The secret key with these coefficients, in the bytes that a key service stores: proof that a recovery is complete. */
export function secretKeyBytes({ seal, context, encoder, evaluator, modulus }: BfvContext, key: Int8Array): Uint8Array {
  return scoped((own) => {
    const plain = own(new seal.Plaintext())
    const slots = new BigInt64Array(key.length)
    slots[0] = 1n
    encoder.encode(slots, plain)
    const bytes = save(seal, plain)
    const header = bytes.length - 8 * key.length
    const view = new DataView(bytes.buffer)
    key.forEach((coefficient, i) => {
      view.setBigUint64(header + 8 * i, coefficient < 0 ? modulus - 1n : BigInt(coefficient), true)
    })
    plain.loadFromArray(context, bytes)
    evaluator.plainTransformToNttInplace(plain, own(context.keyParmsId()))
    return save(seal, plain)
  })
}
