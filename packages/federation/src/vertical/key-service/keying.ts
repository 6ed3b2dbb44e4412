import { TributaryError } from '@tributary/protocol'
import type { VerticalEffect, VerticalSurroundings } from '../effects.ts'
import type { Result } from '../run/mail.ts'
import { dataParties } from '../run/roles.ts'
import { appendLine } from './log.ts'
import type { Keying, Opening, OpeningState } from './state.ts'
import { fail, forgetKey, type KeyServiceTransition, stay, tellAll } from './steps.ts'

type KeyingBase = Omit<Keying, 'phase'>

/** Names run, step and attempt: a ciphertext of another run or step is under another key. */
const keyIdFor = ({ step, attempt }: KeyingBase, { run }: VerticalSurroundings): string =>
  `${run.slice(0, 16)}.${step}.${attempt}`

const jobId = (state: KeyingBase, around: VerticalSurroundings): string => `keygen:${keyIdFor(state, around)}`

export const keygenJob = (state: KeyingBase, around: VerticalSurroundings): VerticalEffect => ({
  type: 'job',
  id: jobId(state, around),
  job: { kind: 'keygen', he: around.manifest.he },
})

/** Begins a step, or a step again: fresh keys, used for it alone. */
export function issueKey(
  base: KeyingBase,
  effects: readonly VerticalEffect[],
  around: VerticalSurroundings,
): KeyServiceTransition {
  const { clock, head, rows, step, closing, exponent, attempt, quotas, totals, shares } = base
  const state: Keying = { phase: 'keying', clock, head, rows, step, closing, exponent, attempt, quotas, totals, shares }
  return { state, effects: [...effects, keygenJob(state, around)] }
}

/** The public halves go to all parties with rows. */
export function sendKey(state: Keying, { job, result }: Result<'keygen'>, around: VerticalSurroundings): KeyServiceTransition {
  if (job !== jobId(state, around)) return stay(state)
  const { step, closing, exponent, attempt } = state
  const { publicKeySha256, parts } = result
  const keyId = keyIdFor(state, around)
  const line = { kind: 'keyed', party: around.me, step, keyId, quotaLeft: 0, responseSha256: publicKeySha256 } as const
  const { head, effect } = appendLine(state.head, line, around)
  const openings: Record<string, OpeningState> = {}
  for (const name of dataParties(around.manifest)) {
    openings[name] = { state: (state.quotas[name]?.features ?? 0) === 0 ? 'idle' : 'none' }
  }
  const next: Opening = { ...state, phase: 'opening', head, keyId, publicKeySha256, openings }
  const body = { keyId, publicKeySha256, closing, exponent, head }
  return {
    state: next,
    effects: [
      effect,
      tellAll(around, step, { kind: 'step-key', body, parts }),
      {
        type: 'publish',
        event: attempt === 0 ? { type: 'step.opened', step, closing, keyId } : { type: 'key.reissued', step, keyId },
      },
    ],
  }
}

/**
 * The step's key is gone: the step is done again under a new one, and what was opened stays counted. Nothing is lost once every
 * party has its numbers.
 */
export function reissue(state: Opening, { blob }: { readonly blob: string }, around: VerticalSurroundings): KeyServiceTransition {
  const pending = Object.values(state.openings).some((opening) => opening.state === 'none' || opening.state === 'working')
  if (blob !== 'secret-key') {
    const isRequest = Object.values(state.openings).some((opening) => opening.state === 'working' && opening.ref === blob)
    if (!isRequest) return stay(state)
    return fail(state, new TributaryError('slr_aborted', { name: around.me, reason: 'a request is gone from its store' }), around)
  }
  if (!pending) return stay(state)
  // This step once more, and the closing one after it.
  const openings = state.closing ? 1 : 2
  for (const [name, { features, left }] of Object.entries(state.quotas)) {
    if (left < openings * features) return fail(state, new TributaryError('key_quota', { name, asked: features, left }), around)
  }
  const { step, keyId, attempt } = state
  const line = appendLine(state.head, { kind: 'reissued', party: around.me, step, keyId, quotaLeft: 0, code: 'key_lost' }, around)
  return issueKey({ ...state, head: line.head, attempt: attempt + 1 }, [line.effect, forgetKey(state)], around)
}
