import { createECDH, type ECDH } from 'node:crypto'
import { p256 } from '@noble/curves/nist.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { TributaryError } from '@tributary/protocol'

/*
 * ECDH-PSI on P-256. Who learns what: whoever sees masked points learns how many there are; without the scalar nobody can tell
 * which id is behind one or test a guess (DDH on P-256, hash_to_curve as a random oracle).
 *
 * Points travel as 33 bytes with prefix 02, whatever the sign of y: a party multiplies and keeps x alone, x(s·P) = x(s·−P), so
 * masks commute on x. The cofactor is 1 and OpenSSL refuses an x that is on no point, so there is no small subgroup to fall into.
 */
export const POINT_BYTES = 33
const EVEN = 2

/** Domain of the hash (RFC 9380 §3.1). */
export const PSI_DST = 'TRIBUTARY-PSI-V1-P256_XMD:SHA-256_SSWU_RO_'

/** A secret of one party and run: uniform in 1 … order − 1 from the CSPRNG, as 64 hex digits. */
export const newScalar = (): string => bytesToHex(p256.utils.randomSecretKey())

/** Multiplies points, compressed or not, by one scalar, in OpenSSL's constant time. @throws RangeError for a scalar that is none */
export function multiplierBy(scalar: string): (point: Uint8Array, into: Uint8Array, at: number) => void {
  const ecdh: ECDH = createECDH('prime256v1')
  if (!/^[0-9a-f]{64}$/.test(scalar)) throw new RangeError('a scalar has 64 hex digits')
  ecdh.setPrivateKey(scalar, 'hex')
  return (point, into, at) => {
    let x: Uint8Array
    try {
      x = ecdh.computeSecret(point)
    } catch (cause) {
      throw new TributaryError('psi_bad_point', {}, { cause })
    }
    into[at] = EVEN
    into.set(x, at + 1)
  }
}

/** Whole points, each with the prefix that all have on the way. @throws TributaryError `psi_bad_point` */
export function countPoints(points: Uint8Array): number {
  const count = points.length / POINT_BYTES
  if (!Number.isInteger(count)) throw new TributaryError('psi_bad_point')
  for (let index = 0; index < count; index += 1) {
    if (points[index * POINT_BYTES] !== EVEN) throw new TributaryError('psi_bad_point')
  }
  return count
}
