import { CoordinatorApi, newCredential, retrying, systemClock } from '@tributary/client'
import { type Joined, TributaryError } from '@tributary/protocol'
import { readSecret } from './secret-input.ts'

const ATTEMPTS = 6

/**
 * Turns an invite into a token of one's own. The code comes by TRIBUTARY_INVITE, else by standard input; an invite for another role
 * is refused and not spent. An answer that is lost is asked for again, by the same token.
 * @throws TributaryError `config_invalid` without a name; `bad_request` for another role; `invite_unknown`, `invite_used`,
 * `invite_expired`, `invite_revoked`
 */
export async function redeemInvite(url: string, role: 'admin' | 'researcher', name: string | undefined): Promise<Joined> {
  if (name === undefined) throw new TributaryError('config_invalid', { setting: '--name', reason: 'an invite admits a name' })
  const code = process.env.TRIBUTARY_INVITE?.trim() || (await readSecret(`Invite code for ${name} at ${url}: `))
  const token = newCredential(role)
  const { signal } = new AbortController()
  return retrying(() => new CoordinatorApi({ url }).join({ code, name, token }), {
    clock: systemClock,
    signal,
    attempts: ATTEMPTS,
  })
}
