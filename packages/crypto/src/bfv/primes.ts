/** Bases that make Miller-Rabin exact below 3.3e24 (Sorenson and Webster 2015), so for every 60-bit number. */
const WITNESSES = [2n, 3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n, 41n]

/** Miller-Rabin with fixed bases: exact, no randomness, for 0 ≤ n < 2^64. */
export function isPrime(n: bigint): boolean {
  if (n < 2n) return false
  for (const witness of WITNESSES) if (n % witness === 0n) return n === witness
  let odd = n - 1n
  let twos = 0
  while (odd % 2n === 0n) {
    odd /= 2n
    twos += 1
  }
  return WITNESSES.every((witness) => passes(witness, odd, twos, n))
}

function passes(witness: bigint, odd: bigint, twos: number, n: bigint): boolean {
  let x = power(witness, odd, n)
  if (x === 1n || x === n - 1n) return true
  for (let i = 1; i < twos; i += 1) {
    x = (x * x) % n
    if (x === n - 1n) return true
  }
  return false
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  let square = base % modulus
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

/** The largest prime below 2^bits that is ≡ 1 mod 2N, so that plaintexts have N slots; null when none has exactly `bits` bits. */
export function largestBatchingPrime(bits: number, ringDegree: number): bigint | null {
  const step = 2n * BigInt(ringDegree)
  const least = 1n << BigInt(bits - 1)
  let candidate = (((1n << BigInt(bits)) - 2n) / step) * step + 1n
  for (; candidate > least; candidate -= step) if (isPrime(candidate)) return candidate
  return null
}
