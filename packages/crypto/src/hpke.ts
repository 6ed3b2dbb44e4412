import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256, type SenderContextParams } from '@hpke/core'

/** HPKE base mode (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. */
const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() })

export const HPKE_ENCAPSULATED_BYTES = 32
export const HPKE_TAG_BYTES = 16

interface Sealing {
  /** X25519, 32 bytes. */
  readonly to: Uint8Array
  readonly info: Uint8Array
  readonly associated: Uint8Array
  /** Test vectors only: what the ephemeral key is derived from. */
  readonly ephemeral?: Uint8Array
}

/** Encapsulated key, then ciphertext with its tag. @throws Error when `to` is no key (a point of low order) */
export async function hpkeSeal(
  plain: Uint8Array,
  { to, info, associated, ephemeral }: Sealing,
): Promise<Uint8Array<ArrayBuffer>> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(to)
  const params: SenderContextParams =
    ephemeral === undefined
      ? { recipientPublicKey, info }
      : { recipientPublicKey, info, ekm: await suite.kem.deriveKeyPair(ephemeral) }
  const { enc, ct } = await suite.seal(params, plain, associated)
  const sealed = new Uint8Array(enc.byteLength + ct.byteLength)
  sealed.set(new Uint8Array(enc))
  sealed.set(new Uint8Array(ct), enc.byteLength)
  return sealed
}

interface Opening {
  /** X25519 secret, 32 bytes. */
  readonly by: Uint8Array
  readonly info: Uint8Array
  readonly associated: Uint8Array
}

/** @throws Error when the seal is not for this key, this info and this associated data */
export async function hpkeOpen(sealed: Uint8Array, { by, info, associated }: Opening): Promise<Uint8Array<ArrayBuffer>> {
  const recipientKey = await suite.kem.deserializePrivateKey(by)
  const enc = sealed.subarray(0, HPKE_ENCAPSULATED_BYTES)
  return new Uint8Array(await suite.open({ recipientKey, enc, info }, sealed.subarray(HPKE_ENCAPSULATED_BYTES), associated))
}
