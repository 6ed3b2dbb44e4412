import { constants, createPublicKey, publicEncrypt } from 'node:crypto'
import { hash_to_field } from '@noble/curves/abstract/hash-to-curve.js'
import { FpInvertBatch } from '@noble/curves/abstract/modular.js'
import { p256, p256_hasher } from '@noble/curves/nist.js'
import { sha256 } from '@noble/hashes/sha2.js'

const { Fp } = p256.Point
const { a: A, b: B } = p256.Point.CURVE()
/** Z of suite P256_XMD:SHA-256_SSWU_RO_ (RFC 9380 §8.2). */
const Z = Fp.create(-10n)
const MINUS_B_OVER_A = Fp.mul(Fp.neg(B), Fp.inv(A))
const B_OVER_ZA = Fp.mul(B, Fp.inv(Fp.mul(Z, A)))
const ROOT_OF_MINUS_Z3 = Fp.sqrt(Fp.neg(Fp.mul(Fp.sqr(Z), Z)))
const hex = (value: bigint): string => value.toString(16).padStart(64, '0')
const asJwk = (value: bigint): string => Buffer.from(hex(value), 'hex').toString('base64url')
const POWER = createPublicKey({ key: { kty: 'RSA', n: asJwk(Fp.ORDER), e: asJwk((Fp.ORDER + 1n) / 4n) }, format: 'jwk' })
export const UNCOMPRESSED_BYTES = 65
const UNCOMPRESSED = 4

interface Affine {
  readonly x: bigint
  readonly y: bigint
}

/**
 * hash_to_curve of P256_XMD:SHA-256_SSWU_RO_ (RFC 9380 §3, §6.6.2, §8.2) for many messages: 65 bytes each, uncompressed.
 *
 * Eight times faster than one by one: OpenSSL takes the square roots, one for each of a message's two points, and all inversions of
 * a batch are one (Montgomery's trick). Time depends on the messages, which are the caller's own.
 */
export function hashToCurve(messages: readonly Uint8Array[], dst: string): Uint8Array<ArrayBuffer> {
  const fields = messages.map((message) =>
    hash_to_field(message, 2, { p: Fp.ORDER, m: 1, k: 128, expand: 'xmd', hash: sha256, DST: dst }),
  )
  const mapped = mapToCurve(fields.flatMap(([u0, u1]) => [u0?.[0] as bigint, u1?.[0] as bigint]))
  const pairs = messages.map((_, index) => [mapped[2 * index], mapped[2 * index + 1]] as [Affine, Affine])
  const inverses = FpInvertBatch(
    Fp,
    pairs.map(([p, q]) => Fp.sub(q.x, p.x)),
    true,
  )
  const points = new Uint8Array(messages.length * UNCOMPRESSED_BYTES)
  pairs.forEach(([p, q], index) => {
    const at = index * UNCOMPRESSED_BYTES
    const message = messages[index] as Uint8Array
    // Equal or opposite points (one in 2^255) need another formula.
    if (p.x === q.x) points.set(p256_hasher.hashToCurve(message, { DST: dst }).toBytes(false), at)
    else writePoint(add(p, q, inverses[index] as bigint), points, at)
  })
  return points
}

/** map_to_curve_simple_swu (§6.6.2) for many field elements. */
function mapToCurve(us: readonly bigint[]): Affine[] {
  const zu2 = us.map((u) => Fp.mul(Z, Fp.sqr(u)))
  const tv1 = FpInvertBatch(
    Fp,
    zu2.map((value) => Fp.add(Fp.sqr(value), value)),
    true,
  )
  return us.map((u, index) => {
    const inverse = tv1[index] as bigint
    const x1 = inverse === 0n ? B_OVER_ZA : Fp.mul(MINUS_B_OVER_A, Fp.add(1n, inverse))
    const square = Fp.add(Fp.mul(Fp.add(Fp.sqr(x1), A), x1), B)
    const root = powerOf(square)
    if (Fp.sqr(root) === square) return { x: x1, y: signedAs(u, root) }
    // Then root² = −g(x1), and g(x2) = Z³u⁶·g(x1) has the root √(−Z³)·u³·root (RFC 9380 §F.2.1.2): no second power.
    const u3 = Fp.mul(Fp.sqr(u), u)
    return { x: Fp.mul(zu2[index] as bigint, x1), y: signedAs(u, Fp.mul(Fp.mul(ROOT_OF_MINUS_Z3, u3), root)) }
  })
}

/** y or −y, whichever has the sign (parity, §4.1) of u. */
const signedAs = (u: bigint, y: bigint): bigint => (y % 2n === u % 2n ? y : Fp.neg(y))

/**
 * value^((p+1)/4) mod p, a square root of whatever has one, since p ≡ 3 mod 4. Raw RSA is a modular power, so an RSA key with
 * modulus p and this exponent has OpenSSL compute it: ten times faster than BigInt. No secret is in that key.
 */
function powerOf(value: bigint): bigint {
  const power = publicEncrypt({ key: POWER, padding: constants.RSA_NO_PADDING }, Buffer.from(hex(value), 'hex'))
  return BigInt(`0x${power.toString('hex')}`)
}

/** Affine addition of points with different x. */
function add(p: Affine, q: Affine, inverse: bigint): Affine {
  const slope = Fp.mul(Fp.sub(q.y, p.y), inverse)
  const x = Fp.sub(Fp.sub(Fp.sqr(slope), p.x), q.x)
  return { x, y: Fp.sub(Fp.mul(slope, Fp.sub(p.x, x)), p.y) }
}

function writePoint({ x, y }: Affine, into: Uint8Array, at: number): void {
  into[at] = UNCOMPRESSED
  into.set(Buffer.from(hex(x) + hex(y), 'hex'), at + 1)
}
