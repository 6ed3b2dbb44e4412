import { createSha256, TributaryError } from '@tributary/protocol'
import type { CoordinatorApi } from '../http/coordinator-api.ts'
import { unreachable } from '../http/exchange.ts'
import { type RetryOptions, retrying } from '../timing/retry.ts'
import { watchdog } from '../timing/watchdog.ts'
import type { Identity, IdentityStore } from './identity.ts'
import { newCredential } from './pending-join.ts'

export interface Claim {
  readonly invite?: string | undefined
  readonly name?: string | undefined
  /** Seconds that an unanswered join is repeated; without it, for ever. */
  readonly firstContactSeconds?: number | undefined
}

/**
 * The saved identity, or a new one for an invite; it is saved before anything else is done with it. An invite that the saved
 * identity came from is not used again; another invite means another membership. The credential that a join asks for is saved
 * before: a join whose answer is lost, by a break or by the end of this process, is repeated and costs no invite.
 * @throws TributaryError `config_invalid` when there is neither; the coordinator's codes of joining; `unreachable`, or what the
 *   coordinator answered last, when the first contact takes too long
 */
export async function claimIdentity(
  { invite, name, firstContactSeconds }: Claim,
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
  const pending = (await store.findPendingJoin(url, inviteSha256)) ?? { url, inviteSha256, token: newCredential() }
  await store.savePendingJoin(pending)
  const answer = await within(firstContactSeconds, api, retry, (signal) =>
    api.join({ code: invite, name, token: pending.token }, signal),
  )
  const { participant, federation, token } = answer
  if (participant === null || federation === null)
    throw new TributaryError('unexpected', { reason: `the invite is for a ${answer.role}, not for an institution` })
  const identity = { url, name, participant, federation, token, inviteSha256, savedAt: new Date().toISOString() }
  await store.save(identity)
  await store.removePendingJoin(pending)
  return { identity, joined: true }
}

/** Repeats a call for so many seconds. @throws the last refusal that may pass, when they are over */
async function within<T>(
  seconds: number | undefined,
  { address }: CoordinatorApi,
  retry: RetryOptions,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (seconds === undefined) return retrying(() => call(retry.signal), retry)
  let last = unreachable(address, `no answer in ${seconds} s`)
  const patience = watchdog(seconds * 1000, retry.signal, () => last)
  const onRetry: RetryOptions['onRetry'] = (error, milliseconds) => {
    last = error
    retry.onRetry?.(error, milliseconds)
  }
  try {
    return await retrying(() => call(patience.signal), { ...retry, signal: patience.signal, onRetry })
  } finally {
    patience.stop()
  }
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
