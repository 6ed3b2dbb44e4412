import { type Blinding, secureBlinding } from '../blinding.ts'
import { fillUniform, halvesOf } from '../uniform.ts'

/** Deliberately broken ways to hide an opening: a test of secrecy must reject the one it is for before it counts. Tests only. */

/** R uniform in [0, t/2): the top bit of what the key service sees follows the data. */
export const halfRangeMask: Blinding = {
  ...secureBlinding,
  drawMask: (slots, modulus) => fillUniform(halvesOf(slots), modulus / 2n),
}

/** R of 32 bits: large products show. */
export const shortMask: Blinding = {
  ...secureBlinding,
  drawMask(slots) {
    const halves = halvesOf(slots)
    fillUniform(halves, 1n << 33n)
    for (let i = 1; i < halves.length; i += 2) halves[i] = 0
  },
}

/** R = 2^(τ−32)·r for a 32-bit r, as a scaled float gives: the whole range, with low bits that are fixed. */
export const floatMask: Blinding = {
  ...secureBlinding,
  drawMask(slots, modulus) {
    shortMask.drawMask(slots, modulus)
    const shift = BigInt(modulus.toString(2).length - 32)
    for (let i = 0; i < slots.length; i += 1) slots[i] = ((slots[i] as bigint) << shift) % modulus
  },
}

/** Masks only the slots that carry data. */
export const unmaskedPadding = (used: number): Blinding => ({
  ...secureBlinding,
  drawMask(slots, modulus) {
    secureBlinding.drawMask(slots, modulus)
    slots.fill(0n, used)
  },
})

/** Adds Enc(0) as it is: the products' noise stands out. */
export const noFlood: Blinding = { ...secureBlinding, flood: () => undefined }
