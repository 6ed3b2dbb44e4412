import { type HeParameters, numbersPerKey, TributaryError } from '@tributary/protocol'
import { type Blinding, blind, type Product } from './blinding.ts'
import { ColumnCache } from './column-cache.ts'
import type { BfvContext } from './context.ts'
import { type Own, scoped } from './handles.ts'
import { Layout } from './layout.ts'
import { sharesRandomness } from './randomness.ts'
import type { SchemeSizes, SlrScheme } from './scheme.ts'
import type { Ciphertext, Encryptor } from './seal-module.ts'
import { malformed, refusalOf, save, saved } from './serialised-form.ts'
import { encode } from './slots.ts'
import { halvesOf, sumModulo } from './uniform.ts'

/** Not part of the package's interface: `blinding` is a parameter so that tests can weaken it. */
export class BfvScheme implements SlrScheme {
  readonly sizes: SchemeSizes
  readonly bfv: BfvContext
  readonly layout: Layout
  readonly #blinding: Blinding
  readonly #columns: ColumnCache
  readonly #dataPrimes: number

  constructor(he: HeParameters, rows: number, bfv: BfvContext, blinding: Blinding) {
    this.bfv = bfv
    this.#blinding = blinding
    this.#dataPrimes = he.primeBits.length - 1
    const layout = new Layout(rows, he.ringDegree, he.keysPerStep, numbersPerKey(he.ringDegree, he.plainModulusBits))
    this.layout = layout
    this.#columns = new ColumnCache(bfv, layout, this.#dataPrimes)
    this.sizes = {
      publicKeyBytes: bfv.forms.publicKey.bytes,
      ciphertextBytes: bfv.forms.ciphertext.bytes,
      openingBytes: bfv.forms.opening.bytes,
      chunks: layout.chunks,
      packing: layout.packing,
      openings: (numbers) => layout.openings(numbers).length,
    }
  }

  newKeys() {
    const { seal, context } = this.bfv
    const pairs = Array.from({ length: this.layout.keys }, () =>
      scoped((own) => {
        const generator = own(new seal.KeyGenerator(context))
        return [saved(seal, () => generator.createPublicKeySerializable()), saved(seal, () => generator.secretKey())] as const
      }),
    )
    return { publicKeys: pairs.map(([publicKey]) => publicKey), secretKeys: pairs.map(([, secretKey]) => secretKey) }
  }

  encrypt(values: BigInt64Array, publicKeys: readonly Uint8Array[]): Uint8Array[] {
    return this.combine([], values, publicKeys)
  }

  combine(inputs: readonly (readonly Uint8Array[])[], values: BigInt64Array, publicKeys: readonly Uint8Array[]): Uint8Array[] {
    const { seal, evaluator } = this.bfv
    const { keys, chunks, slots } = this.layout
    this.#checkRows(values)
    for (const input of inputs) this.#checkCount(input, keys * chunks, this.sizes.ciphertextBytes)
    this.#checkCount(publicKeys, keys, this.sizes.publicKeyBytes)
    const scratch = new BigInt64Array(slots)
    const result = publicKeys.flatMap((publicKey, key) =>
      scoped((own) => {
        const encryptor = this.#encryptor(publicKey, own)
        return Array.from({ length: chunks }, (_, chunk) =>
          scoped((ownChunk) => {
            this.layout.repeat(scratch, values, chunk)
            const plain = encode(this.bfv, scratch, ownChunk)
            const sum = ownChunk(new seal.Ciphertext())
            encryptor.encrypt(plain, sum)
            plain.setZero()
            for (const input of inputs) evaluator.addInplace(sum, this.#load(input[key * chunks + chunk], 'ciphertext', ownChunk))
            return save(seal, sum)
          }),
        )
      }),
    )
    scratch.fill(0n)
    return result
  }

  request(d: readonly Uint8Array[], columns: readonly BigInt64Array[], publicKeys: readonly Uint8Array[]) {
    const { keys, chunks } = this.layout
    for (const column of columns) this.#checkRows(column)
    this.#checkCount(d, keys * chunks, this.sizes.ciphertextBytes)
    this.#checkCount(publicKeys, keys, this.sizes.publicKeyBytes)
    const groups = this.layout.openings(columns.length).map((opening) => ({
      key: opening.key,
      columns: columns.slice(opening.first, opening.first + opening.count),
    }))
    this.#columns.retain(groups.map((group) => group.columns))
    const ciphertexts: Uint8Array[] = []
    const maskSums: bigint[] = []
    publicKeys.forEach((publicKey, key) => {
      scoped((own) => {
        const encryptor = this.#encryptor(publicKey, own)
        const ofKey = d.slice(key * chunks, (key + 1) * chunks).map((bytes) => {
          const loaded = this.#load(bytes, 'ciphertext', own)
          this.bfv.evaluator.cipherTransformToNttInplace(loaded)
          return loaded
        })
        for (const group of groups) {
          if (group.key !== key) continue
          const opening = this.#opening(ofKey, group.columns, encryptor)
          ciphertexts.push(opening.bytes)
          maskSums.push(...opening.maskSums)
        }
      })
    })
    return { ciphertexts, maskSums }
  }

  #opening(d: readonly Ciphertext[], columns: readonly BigInt64Array[], encryptor: Encryptor) {
    const { bfv, layout } = this
    const mask = new BigInt64Array(layout.slots)
    const scratch = new BigInt64Array(layout.slots)
    this.#blinding.drawMask(mask, bfv.modulus)
    const halves = halvesOf(mask)
    const maskSums = columns.map((_, block) => sumModulo(halves, block * layout.block, (block + 1) * layout.block, bfv.modulus))
    const bytes = this.#columns.with(columns, (plains) => {
      const products: Product[] = d.flatMap((ciphertext, chunk) => {
        const column = plains[chunk]
        return column ? [{ d: ciphertext, column }] : []
      })
      return scoped((own) => save(bfv.seal, blind(own, { bfv, encryptor, blinding: this.#blinding, products, mask, scratch })))
    })
    mask.fill(0n)
    return { bytes, maskSums }
  }

  open(ciphertexts: readonly Uint8Array[], secretKeys: readonly Uint8Array[], numbers: number): bigint[] {
    const { seal, context, encoder, modulus } = this.bfv
    const openings = this.layout.openings(numbers)
    this.#checkCount(ciphertexts, openings.length, this.sizes.openingBytes)
    this.#checkCount(secretKeys, this.layout.keys, this.bfv.forms.secretKey.bytes)
    return scoped((own) => {
      const decryptors = secretKeys.map((bytes) => {
        const secretKey = this.bfv.forms.secretKey.load(own(new seal.SecretKey()), bytes, context)
        return own(new seal.Decryptor(context, secretKey))
      })
      return openings.flatMap(({ key, count }, i) =>
        scoped((ownOpening) => {
          const ciphertext = this.#load(ciphertexts[i], 'opening', ownOpening)
          const plain = ownOpening(new seal.Plaintext())
          const decryptor = decryptors[key]
          if (!decryptor) throw malformed()
          let halves: Uint32Array
          try {
            decryptor.decrypt(ciphertext, plain)
            halves = halvesOf(encoder.decodeBigUint64(plain) as BigUint64Array)
          } catch (cause) {
            throw refusalOf(cause)
          }
          const { block } = this.layout
          return Array.from({ length: count }, (_, b) => sumModulo(halves, b * block, (b + 1) * block, modulus))
        }),
      )
    })
  }

  sharesRandomness(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
    return sharesRandomness(a, b, this.layout.slots, this.#dataPrimes)
  }

  [Symbol.dispose](): void {
    this.#columns[Symbol.dispose]()
    this.bfv[Symbol.dispose]()
  }

  #encryptor(publicKey: Uint8Array, own: Own): Encryptor {
    const { seal, context, forms } = this.bfv
    return own(new seal.Encryptor(context, forms.publicKey.load(own(new seal.PublicKey()), publicKey, context)))
  }

  #load(bytes: Uint8Array | undefined, form: 'ciphertext' | 'opening', own: Own): Ciphertext {
    const { seal, context, forms } = this.bfv
    const ciphertext = forms[form].load(own(new seal.Ciphertext()), bytes ?? new Uint8Array(), context)
    // c₁ = 0 is no encryption of anything, and SEAL throws on the way.
    if (ciphertext.isTransparent()) throw malformed()
    return ciphertext
  }

  #checkRows(values: BigInt64Array): void {
    const { rows } = this.layout
    if (values.length !== rows) throw new TributaryError('unexpected', { reason: `${values.length} values for ${rows} rows` })
  }

  #checkCount(parts: readonly Uint8Array[], count: number, bytes: number): void {
    if (parts.length !== count)
      throw new TributaryError('he_size', { actual: parts.reduce((sum, part) => sum + part.length, 0), expected: count * bytes })
    for (const part of parts)
      if (part.length !== bytes) throw new TributaryError('he_size', { actual: part.length, expected: bytes })
  }
}
