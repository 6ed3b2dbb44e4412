import { catalogue, type ErrorCode } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { exitCodeOfError, exitCodeOfRun } from './exit-code.ts'

describe('exit codes', () => {
  it('tells what a script must tell apart', () => {
    const cases: [ErrorCode, number][] = [
      ['config_invalid', 2],
      ['bad_request', 2],
      ['run_failed_below_minimum', 3],
      ['run_cancelled', 3],
      ['unreachable', 4],
      ['unavailable', 4],
      ['unauthenticated', 5],
      ['forbidden', 5],
      ['invite_used', 5],
      ['not_found', 1],
      ['internal', 1],
      ['data_invalid', 1],
    ]
    for (const [code, exitCode] of cases) expect([code, exitCodeOfError(code)]).toEqual([code, exitCode])
  })

  it('gives every reason of a failed run the same code', () => {
    const reasons = Object.keys(catalogue).filter((code) => /^run_(failed|diverged|cancelled)/.test(code))
    expect(reasons.length).toBeGreaterThanOrEqual(6)
    for (const code of reasons) expect([code, exitCodeOfError(code as ErrorCode)]).toEqual([code, 3])
  })

  it('gives every code of the catalogue one that is not 0', () => {
    for (const code of Object.keys(catalogue)) expect(exitCodeOfError(code as ErrorCode)).toBeGreaterThan(0)
  })

  it('answers for the end of a run', () => {
    expect(['completed', 'failed', 'cancelled'].map(exitCodeOfRun)).toEqual([0, 3, 3])
  })
})
