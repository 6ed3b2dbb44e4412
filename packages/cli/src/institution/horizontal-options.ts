import { TributaryError } from '@tributary/protocol'
import type { JoinOptions } from '../commands/join.ts'

/** @throws TributaryError `config_invalid` for an option that means nothing without --role */
export function requireHorizontalOptions({
  id,
  label,
  weight,
  approve,
  approveInDashboard,
  peers,
  peer,
  keyFile,
}: JoinOptions): void {
  const vertical = { id, label, weight, approve, approveInDashboard, peers, peer, keyFile }
  const [given] = Object.entries(vertical).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  if (given !== undefined)
    throw new TributaryError('config_invalid', { setting: given, reason: 'it belongs to vertical runs: give --role, too' })
}
