import { type SecretIdentity, sign, verify } from '@tributary/crypto'
import { type Manifest, type PartyKeys, TributaryError, type VerticalRun } from '@tributary/protocol'

/** A manifest is signed over the 32 bytes of its hash. */
const signedBytes = (manifestSha256: string): Uint8Array => new Uint8Array(Buffer.from(manifestSha256, 'hex'))

export const signManifest = (identity: SecretIdentity, manifestSha256: string): string =>
  sign(identity, signedBytes(manifestSha256))

/** @throws TributaryError `auth_signature` when this party has not signed this manifest */
export function requireSignature(
  run: VerticalRun,
  name: string,
  keys: Readonly<Record<string, PartyKeys>>,
  manifestSha256: string,
): void {
  const signature = run.parties.find((party) => party.name === name)?.signature
  const known = keys[name]
  if (signature == null || known === undefined || !verify(known, signedBytes(manifestSha256), signature))
    throw new TributaryError('auth_signature', { from: name })
}

/** All parties have signed, each by its pinned key. @throws TributaryError `auth_signature` */
export function requireAllSignatures(
  run: VerticalRun,
  manifest: Manifest,
  keys: Readonly<Record<string, PartyKeys>>,
  manifestSha256: string,
): void {
  for (const { name } of manifest.parties) requireSignature(run, name, keys, manifestSha256)
}
