import { type Command, InvalidArgumentError } from 'commander'
import type { PeerPin } from '../vertical/peers.ts'

export interface StateLockOptions {
  readonly keyFile?: string
}
export interface PeerOptions {
  readonly peers?: string
  readonly peer?: readonly PeerPin[]
}

/** What encrypts a state folder at rest. */
export const withStateLock = (command: Command): Command =>
  command.option('--key-file <file>', 'file of 32 or more random bytes that locks the state folder (or TRIBUTARY_PASSPHRASE)')

/** Fingerprints that were compared out of band. */
export const withPeers = (command: Command): Command =>
  command
    .option('--peers <file>', 'JSON file of fingerprints by name: {"bank-b": "9f…"}')
    .option('--peer <name=fingerprint>', 'pin one peer; may be given again', peerPin)

/** "bank-b=9f…" in hex, spaces and capitals as people write them down. */
export function peerPin(text: string, before: readonly PeerPin[] = []): PeerPin[] {
  const [, name = '', written = ''] = /^([^=]+)=(.*)$/.exec(text) ?? []
  const fingerprint = written.replaceAll(/\s/g, '').toLowerCase()
  if (!/^[0-9a-f]{64}$/.test(fingerprint))
    throw new InvalidArgumentError('Expected NAME=FINGERPRINT with the 64 hex digits that "tributary fingerprint" shows.')
  return [...before, { name: name.trim(), fingerprint }]
}
