import { allowedRunActions, type RunState } from '@tributary/federation'
import { type FederationId, type RunActionName, TributaryError } from '@tributary/protocol'
import type { AccountRecord } from '../storage/store.ts'

export type Permission = 'createFederation' | 'invite' | 'createRun' | 'actOnRun' | 'exclude' | 'view'

const granted: Record<AccountRecord['role'], readonly Permission[]> = {
  admin: ['createFederation', 'invite', 'createRun', 'actOnRun', 'exclude', 'view'],
  researcher: ['createRun', 'actOnRun', 'view'],
  institution: ['view'],
}

export const allowed = (account: AccountRecord, permission: Permission): boolean => granted[account.role].includes(permission)

/** @throws forbidden */
export function requirePermission(account: AccountRecord, permission: Permission): void {
  if (!allowed(account, permission)) throw new TributaryError('forbidden', { role: account.role, action: permission })
}

/** An admin without a federation sees all; everybody else their own. What cannot be seen does not exist. */
export const maySee = (account: AccountRecord, federation: FederationId): boolean =>
  account.federation === federation || (account.role === 'admin' && account.federation === null)

/** What this account may do to a run now: what the machine allows, narrowed by the role. */
export function runActionsOf(account: AccountRecord, state: RunState): RunActionName[] {
  if (!allowed(account, 'actOnRun')) return []
  return allowedRunActions(state).filter((action) => action !== 'exclude' || allowed(account, 'exclude'))
}
