import { randomBytes } from 'node:crypto'
import { CoordinatorApi } from '@tributary/client'
import { TributaryError } from '@tributary/protocol'
import { readSecret } from './secret-input.ts'

/**
 * Turns an invite into a token of one's own. The code comes by TRIBUTARY_INVITE, else by standard input; an invite for another role
 * is refused and not spent.
 * @throws TributaryError `config_invalid` without a name; `bad_request` for another role; `invite_unknown`, `invite_used`,
 * `invite_expired`, `invite_revoked`
 */
export async function redeemInvite(url: string, role: 'admin' | 'researcher', name: string | undefined): Promise<string> {
  if (name === undefined) throw new TributaryError('config_invalid', { setting: '--name', reason: 'an invite admits a name' })
  const code = process.env.TRIBUTARY_INVITE?.trim() || (await readSecret(`Invite code for ${name} at ${url}: `))
  const token = `trb_${role[0]}_${randomBytes(32).toString('base64url')}`
  return (await new CoordinatorApi({ url }).join({ code, name, token })).token
}
