import { createInterface } from 'node:readline/promises'
import { canonicalSha256 } from '@tributary/crypto'
import { type Manifest, TributaryError, type VerticalRun } from '@tributary/protocol'
import { manifestLines } from './manifest-lines.ts'

export type Approval = (manifest: Manifest, run: VerticalRun) => Promise<boolean | null>

export interface ApprovalOptions {
  readonly approve?: true
  readonly approveInDashboard?: true
}

/** Where an owner is asked. */
export interface ApprovalTerminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output: NodeJS.WritableStream
}

/**
 * How an owner says yes to a run: beforehand with --approve, by an account of the dashboard with --approve-in-dashboard, else on
 * the terminal, one run after another. All checks have passed by then. On the terminal anything but yes refuses; in the dashboard
 * the run waits until it is declined there.
 * @param name this party's
 * @throws TributaryError `config_invalid` where none is possible
 */
export function approvalOf(
  { approve, approveInDashboard }: ApprovalOptions,
  name: string,
  signal: AbortSignal,
  { input, output }: ApprovalTerminal = { input: process.stdin, output: process.stderr },
): Approval {
  if (approve && approveInDashboard)
    throw new TributaryError('config_invalid', { setting: 'approve', reason: 'give --approve or --approve-in-dashboard' })
  if (approve) return async () => true
  if (approveInDashboard) return async (_manifest, { parties }) => parties.find((party) => party.name === name)?.consented || null
  if (!input.isTTY)
    throw new TributaryError('config_invalid', {
      setting: 'approve',
      reason:
        'nobody can be asked without a terminal: give --approve to sign every run that passes all checks, or --approve-in-dashboard',
    })
  const ask = async (manifest: Manifest): Promise<boolean> => {
    for (const line of manifestLines(manifest, canonicalSha256(manifest))) output.write(`${line}\n`)
    const terminal = createInterface({ input, output })
    try {
      const answer = await terminal.question('Sign this manifest and take part? [y/N] ', { signal })
      return /^\s*y(es)?\s*$/i.test(answer)
    } finally {
      terminal.close()
    }
  }
  let before: Promise<unknown> = Promise.resolve()
  return (manifest) => {
    const answer = before.then(() => ask(manifest))
    before = answer.catch(() => undefined)
    return answer
  }
}
