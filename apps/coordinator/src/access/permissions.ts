import { allowedRunActions, type RunState } from '@tributary/federation'
import { type CallerAction, type FederationId, type RunActionName, TributaryError } from '@tributary/protocol'
import type { Caller } from './caller.ts'

export type Permission =
  | 'createFederation'
  | 'invite'
  | 'createRun'
  | 'actOnRun'
  | 'exclude'
  | 'view'
  | 'manageUsers'
  | 'readAudit'

const granted: Record<Caller['role'], readonly Permission[]> = {
  admin: ['createFederation', 'invite', 'createRun', 'actOnRun', 'exclude', 'view', 'manageUsers', 'readAudit'],
  researcher: ['createRun', 'actOnRun', 'view'],
  institution: ['view'],
}

export const allowed = (account: Caller, permission: Permission): boolean => granted[account.role].includes(permission)

/** @throws forbidden */
export function requirePermission(account: Caller, permission: Permission): void {
  if (!allowed(account, permission)) throw new TributaryError('forbidden', { role: account.role, action: permission })
}

/** An admin without a federation sees all; everybody else their own. What cannot be seen does not exist. */
export const maySee = (account: Caller, federation: FederationId): boolean =>
  account.federation === federation || (account.role === 'admin' && account.federation === null)

/** What this caller may do that belongs to no single resource. */
export const callerActionsOf = (caller: Caller): CallerAction[] => [
  ...(allowed(caller, 'createFederation') && caller.federation === null ? (['createFederation'] as const) : []),
  ...(allowed(caller, 'manageUsers') ? (['manageUsers'] as const) : []),
  ...(allowed(caller, 'readAudit') ? (['readAudit'] as const) : []),
  // A token that could make tokens would never expire.
  ...(caller.by === 'session' ? (['manageTokens', 'changePassword'] as const) : []),
]

/** What this account may do to a run now: what the machine allows, narrowed by the role. */
export function runActionsOf(account: Caller, state: RunState): RunActionName[] {
  if (!allowed(account, 'actOnRun')) return []
  return allowedRunActions(state).filter((action) => action !== 'exclude' || allowed(account, 'exclude'))
}
