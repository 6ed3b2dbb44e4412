import { coordinatorAddress } from '@tributary/client'
import { publicKeysOf } from '@tributary/crypto'
import { openPartyStore, type StateLock } from '@tributary/party'
import { fingerprintOf } from '@tributary/protocol'
import { readSecret } from '../connection/secret-input.ts'

export interface FirstInviteQuestion {
  readonly url: string
  readonly name: string
  readonly folder: string
  readonly lock: StateLock
  /** Ask even when a membership is saved. */
  readonly invite?: true
}

export interface PlaceInFederation {
  readonly invite: string | undefined
  /** Of the identity in the folder, which is made when it is missing. */
  readonly fingerprint: string
}

/**
 * The code to join with, as `inviteCode`, for a party whose membership lies encrypted in its folder: TRIBUTARY_INVITE; nothing when
 * one is saved; else what standard input says.
 */
export async function firstInvite({ url, name, folder, lock, invite }: FirstInviteQuestion): Promise<PlaceInFederation> {
  const store = await openPartyStore({ folder, lock })
  let saved = 0
  let fingerprint: string
  try {
    fingerprint = fingerprintOf(publicKeysOf(store.identity()))
    saved = (await store.membership().find(coordinatorAddress(url).href, name)).length
  } finally {
    store.close()
  }
  const given = process.env.TRIBUTARY_INVITE?.trim()
  if (given) return { invite: given, fingerprint }
  if (saved > 0 && !invite) return { invite: undefined, fingerprint }
  return { invite: (await readSecret(`Invite code for ${name} at ${url}: `)) || undefined, fingerprint }
}
