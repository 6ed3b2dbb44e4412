import { createSha256, TributaryError } from '@tributary/protocol'
import type { CoordinatorApi } from '../http/coordinator-api.ts'
import { type RetryOptions, retrying } from '../timing/retry.ts'
import type { Identity, IdentityStore } from './identity.ts'

export interface Claim {
  readonly invite?: string | undefined
  readonly name?: string | undefined
}

/**
 * The saved identity, or a new one for an invite; it is saved before anything else is done with it. An invite that the saved
 * identity came from is not used again; another invite means another membership.
 * @throws TributaryError `config_invalid` when there is neither; the coordinator's codes of joining
 */
export async function claimIdentity(
  { invite, name }: Claim,
  api: CoordinatorApi,
  store: IdentityStore,
  retry: RetryOptions,
): Promise<{ identity: Identity; joined: boolean }> {
  const url = api.address.href
  const saved = await store.find(url, name)
  if (invite === undefined) return { identity: only(saved, url, name), joined: false }
  const inviteSha256 = createSha256().update(new TextEncoder().encode(invite)).hex()
  const known = saved.find((identity) => identity.inviteSha256 === inviteSha256)
  if (known !== undefined) return { identity: known, joined: false }
  if (name === undefined) throw invalid('name', 'joining by an invite needs a name')
  const answer = await retrying(() => api.join({ code: invite, name }, retry.signal), retry)
  const { participant, federation, token } = answer
  if (participant === null || federation === null)
    throw new TributaryError('unexpected', { reason: `the invite is for a ${answer.role}, not for an institution` })
  const identity = { url, name, participant, federation, token, inviteSha256, savedAt: new Date().toISOString() }
  await store.save(identity)
  return { identity, joined: true }
}

function only(saved: readonly Identity[], url: string, name: string | undefined): Identity {
  const [newest] = saved
  if (newest === undefined)
    throw invalid('invite', `no identity is saved for ${name ?? 'any name'} at ${url}, and no invite is given`)
  const names = [...new Set(saved.map((identity) => identity.name))]
  if (names.length > 1) throw invalid('name', `several identities are saved for ${url}: ${names.join(', ')}`)
  return newest
}

const invalid = (setting: string, reason: string) => new TributaryError('config_invalid', { setting, reason })
