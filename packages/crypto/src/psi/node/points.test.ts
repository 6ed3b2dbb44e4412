import { p256, p256_hasher } from '@noble/curves/nist.js'
import { describe, expect, it } from 'vitest'
import { countPoints, newScalar, POINT_BYTES, PSI_DST } from './curve.ts'
import { hashToCurve } from './hash-to-curve.ts'
import { maskIds, maskOwn, maskPoints } from './mask.ts'

const run = 'ab'.repeat(32)
const text = (value: string) => new TextEncoder().encode(value)
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const ids = Array.from({ length: 40 }, (_, index) => `patient ${index}`)
const plain = { trim: true, caseFold: false, removeSpaces: false }
const pointsOf = (points: Uint8Array): string[] =>
  Array.from({ length: points.length / POINT_BYTES }, (_, index) =>
    hex(points.subarray(index * POINT_BYTES, (index + 1) * POINT_BYTES)),
  )

describe('hash to the curve', () => {
  // RFC 9380, appendix J.1.1.
  it.each([
    [
      '',
      '2c15230b26dbc6fc9a37051158c95b79656e17a1a920b11394ca91c44247d3e4',
      '8a7a74985cc5c776cdfe4b1f19884970453912e9d31528c060be9ab5c43e8415',
    ],
    [
      'abc',
      '0bb8b87485551aa43ed54f009230450b492fead5f1cc91658775dac4a3388a0f',
      '5c41b3d0731a27a7b14bc0bf0ccded2d8751f83493404c84a88e71ffd424212e',
    ],
    [
      'abcdef0123456789',
      '65038ac8f2b1def042a5df0b33b1f4eca6bff7cb0f9c6c1526811864e544ed80',
      'cad44d40a656e7aff4002a8de287abc8ae0482b5ae825822bb870d6df9b56ca3',
    ],
    [
      `q128_${'q'.repeat(128)}`,
      '4be61ee205094282ba8a2042bcb48d88dfbb609301c49aa8b078533dc65a0b5d',
      '98f8df449a072c4721d241a3b1236d3caccba603f916ca680f4539d2bfb3c29e',
    ],
    [
      `a512_${'a'.repeat(512)}`,
      '457ae2981f70ca85d8e24c308b14db22f3e3862c5ea0f652ca38b5e49cd64bc5',
      'ecb9f0eadc9aeed232dabc53235368c1394c78de05dd96893eefa62b0f4757dc',
    ],
  ])('is P256_XMD:SHA-256_SSWU_RO_ of RFC 9380: %#', (message, x, y) => {
    const point = p256.Point.fromBytes(hashToCurve([text(message)], 'QUUX-V01-CS02-with-P256_XMD:SHA-256_SSWU_RO_')).toAffine()
    expect([point.x, point.y]).toEqual([BigInt(`0x${x}`), BigInt(`0x${y}`)])
  })

  it('is what another implementation gives, for each message of a batch', () => {
    const messages = Array.from({ length: 300 }, (_, index) => text(`message ${index}`))
    const points = hashToCurve(messages, PSI_DST)
    messages.forEach((message, index) => {
      const expected = p256_hasher.hashToCurve(message, { DST: PSI_DST }).toBytes(false)
      expect(hex(points.subarray(65 * index, 65 * (index + 1)))).toBe(hex(expected))
    })
    expect(hashToCurve([], PSI_DST)).toHaveLength(0)
  })

  it('has a domain of its own, and one for each run', () => {
    expect(PSI_DST).toBe('TRIBUTARY-PSI-V1-P256_XMD:SHA-256_SSWU_RO_')
    const scalar = newScalar()
    const [own] = pointsOf(maskIds(['x'], run, scalar))
    const expected = p256.Point.fromBytes(hashToCurve([text(`${run}x`)], PSI_DST))
      .multiply(BigInt(`0x${scalar}`))
      .toAffine()
    expect(own).toBe(`02${expected.x.toString(16).padStart(64, '0')}`)
    expect(pointsOf(maskIds(['x'], 'cd'.repeat(32), scalar))).not.toEqual([own])
    expect(pointsOf(maskIds(['x'], run, newScalar()))).not.toEqual([own])
  })
})

describe('masks', () => {
  it('are multiplications of x, as noble computes them', () => {
    const scalar = newScalar()
    const masked = maskIds(ids, run, scalar)
    const twice = pointsOf(maskPoints(masked, scalar))
    pointsOf(masked).forEach((point, index) => {
      const { x } = p256.Point.fromHex(point)
        .multiply(BigInt(`0x${scalar}`))
        .toAffine()
      expect(twice[index]).toBe(`02${x.toString(16).padStart(64, '0')}`)
    })
  })

  it('commute, whatever the sign of y', () => {
    const [a, b, c] = [newScalar(), newScalar(), newScalar()]
    const orders = [
      [a, b, c],
      [b, c, a],
      [c, b, a],
      [a, c, b],
    ] as const
    const [first, ...others] = orders.map(([one, two, three]) => hex(maskPoints(maskPoints(maskIds(ids, run, one), two), three)))
    for (const other of others) expect(other).toBe(first)
  })

  it('of slices, joined, are those of the whole', () => {
    const scalar = newScalar()
    const whole = maskIds(ids, run, scalar)
    expect(Buffer.concat([maskIds(ids.slice(0, 13), run, scalar), maskIds(ids.slice(13), run, scalar)]).equals(whole)).toBe(true)
  })

  it('refuse what is no point of the curve, another prefix, and half a point', () => {
    const scalar = newScalar()
    const good = maskIds(ids, run, scalar)
    const isOnCurve = (point: Uint8Array): boolean => {
      try {
        p256.Point.fromBytes(point)
        return true
      } catch {
        return false
      }
    }
    const off = good.slice()
    let tries = 0
    // About every other x is on no point.
    while (isOnCurve(off.subarray(5 * POINT_BYTES, 6 * POINT_BYTES))) off[6 * POINT_BYTES - 1] = tries++
    const beyond = good.slice()
    beyond.fill(0xff, 1, POINT_BYTES)
    const odd = good.slice()
    odd[POINT_BYTES] = 3
    for (const bad of [off, beyond, odd, good.subarray(1), good.subarray(0, 40), new Uint8Array(POINT_BYTES)]) {
      expect(() => maskPoints(bad, scalar)).toThrow(expect.objectContaining({ code: 'psi_bad_point' }))
    }
    expect(countPoints(good)).toBe(ids.length)
    expect(maskPoints(new Uint8Array(0), scalar)).toHaveLength(0)
  })

  it('take scalars that are fresh, in range and of 64 digits', () => {
    const scalars = Array.from({ length: 50 }, newScalar)
    expect(new Set(scalars).size).toBe(50)
    for (const scalar of scalars) {
      expect(scalar).toMatch(/^[0-9a-f]{64}$/)
      expect(BigInt(`0x${scalar}`) > 0n && BigInt(`0x${scalar}`) < p256.Point.Fn.ORDER).toBe(true)
    }
    for (const none of ['', '01', 'x'.repeat(64), '0'.repeat(64), p256.Point.Fn.ORDER.toString(16)]) {
      expect(() => maskIds(['a'], run, none)).toThrow()
    }
  })
})

describe('the own set', () => {
  it('is sent in ascending order, whatever the order of the table', () => {
    const scalar = newScalar()
    const turned = ids.toReversed()
    const one = maskOwn({ ids, run, scalar, rule: plain })
    const other = maskOwn({ ids: turned, run, scalar, rule: plain })
    expect(pointsOf(one.points)).toEqual(pointsOf(one.points).toSorted())
    expect(hex(other.points)).toBe(hex(one.points))
    const unsorted = pointsOf(maskIds(ids, run, scalar))
    expect([...one.order].map((row) => unsorted[row])).toEqual(pointsOf(one.points))
    expect([...one.order].map((row) => ids[row])).toEqual([...other.order].map((row) => turned[row]))
  })
})
