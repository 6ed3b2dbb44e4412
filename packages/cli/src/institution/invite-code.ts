import { defaultStateDir, fileIdentityStore } from '@tributary/client'
import { readSecret } from '../connection/secret-input.ts'

export interface InviteQuestion {
  readonly url: string
  readonly name: string
  readonly stateDir?: string
  /** Ask even when an identity is saved. */
  readonly invite?: true
}

/**
 * The code to join with: TRIBUTARY_INVITE; nothing when an identity is saved for this name; else what standard input says, which
 * is asked for on a terminal. It never comes by an argument, which everybody on the machine could read.
 */
export async function inviteCode({ url, name, stateDir, invite }: InviteQuestion): Promise<string | undefined> {
  const given = process.env.TRIBUTARY_INVITE?.trim()
  if (given) return given
  const { coordinatorAddress } = await import('@tributary/client')
  const saved = await fileIdentityStore(stateDir ?? defaultStateDir()).find(coordinatorAddress(url).href, name)
  if (saved.length > 0 && !invite) return undefined
  return (await readSecret(`Invite code for ${name} at ${url}: `)) || undefined
}
