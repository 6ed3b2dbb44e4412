import type { ErrorCode } from '@tributary/protocol'

/** What a script can trust; docs and --help name the same numbers. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, runEnded: 3, unreachable: 4, notPermitted: 5 } as const

const usage: readonly ErrorCode[] = ['bad_request', 'config_invalid']
const runEnded: readonly ErrorCode[] = [
  'run_failed_below_minimum',
  'run_failed_no_participants',
  'run_failed_aggregation',
  'run_failed_evaluation',
  'run_diverged',
  'run_cancelled',
]
const unreachable: readonly ErrorCode[] = ['unreachable', 'unavailable']
const notPermitted: readonly ErrorCode[] = [
  'unauthenticated',
  'forbidden',
  'invite_unknown',
  'invite_used',
  'invite_expired',
  'invite_revoked',
  'participant_left',
  'participant_connected',
  'participant_excluded',
]

export function exitCodeOfError(code: ErrorCode): number {
  if (usage.includes(code)) return exitCodes.usage
  if (runEnded.includes(code)) return exitCodes.runEnded
  if (unreachable.includes(code)) return exitCodes.unreachable
  if (notPermitted.includes(code)) return exitCodes.notPermitted
  return exitCodes.failed
}

/** Exit code of a command that waited for a run. */
export const exitCodeOfRun = (phase: string): number =>
  phase === 'failed' || phase === 'cancelled' ? exitCodes.runEnded : exitCodes.ok

/** As shells have it: 128 + the signal's number. */
export const exitCodeOfSignal = (signal: 'SIGINT' | 'SIGTERM'): number => (signal === 'SIGINT' ? 130 : 143)
