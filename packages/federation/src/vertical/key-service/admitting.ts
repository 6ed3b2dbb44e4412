import { TributaryError } from '@tributary/protocol'
import type { VerticalEffect, VerticalSurroundings } from '../effects.ts'
import { noTotals } from '../optimisers/totals.ts'
import { requireSameRows } from '../run/alignment.ts'
import type { Mail } from '../run/mail.ts'
import { dataParties, declaredFeatures, stepCap } from '../run/roles.ts'
import { issueKey } from './keying.ts'
import { appendLine } from './log.ts'
import type { Admitting, Idle, Quota } from './state.ts'
import { equivocation, type KeyServiceTransition, outOfPlace, stay } from './steps.ts'

/** The log opens with the run. */
export function openRun({ clock }: Idle, _: unknown, around: VerticalSurroundings): KeyServiceTransition {
  const { head, effect } = appendLine(null, { kind: 'opened-run', party: around.me, step: 0, keyId: '-', quotaLeft: 0 }, around)
  return { state: { phase: 'admitting', clock, head, admissions: {} }, effects: [effect] }
}

const nobody = { aligned: null, features: null } as const

export function takeAligned(state: Admitting, mail: Mail<'aligned'>, around: VerticalSurroundings): KeyServiceTransition {
  const { from, step, body } = mail
  const parties = dataParties(around.manifest)
  if (step !== 0 || !parties.includes(from)) return outOfPlace(state, mail)
  const admission = state.admissions[from] ?? nobody
  if (admission.aligned !== null) {
    return JSON.stringify(admission.aligned) === JSON.stringify(body) ? stay(state) : equivocation(state, from, 'aligned')
  }
  const admissions = { ...state.admissions, [from]: { ...admission, aligned: body } }
  const lists = Object.fromEntries(
    parties.flatMap((name) => {
      const list = admissions[name]?.aligned
      return list === null || list === undefined ? [] : [[name, list]]
    }),
  )
  const next: Admitting = { ...state, admissions }
  if (parties.some((name) => lists[name] === undefined)) return { state: next, effects: [] }
  requireSameRows(lists, around.manifest)
  return { state: next, effects: [{ type: 'publish', event: { type: 'aligned', rows: body.rows } }] }
}

/** A party's own checks have passed; with the last of them the quotas open. */
export function takeReady(state: Admitting, mail: Mail<'ready'>, around: VerticalSurroundings): KeyServiceTransition {
  const { from, step, body } = mail
  const { manifest } = around
  const admission = state.admissions[from] ?? nobody
  if (step !== 0 || admission.aligned === null) return outOfPlace(state, mail)
  if (admission.features !== null) {
    return admission.features === body.features ? stay(state) : equivocation(state, from, 'ready')
  }
  if (body.rows !== admission.aligned.rows) {
    throw new TributaryError('slr_alignment', {
      reason: `${from} aligned ${admission.aligned.rows} rows and is ready with ${body.rows}`,
    })
  }
  const declared = declaredFeatures(manifest, from)
  if (body.features > declared) {
    throw new TributaryError('manifest_mismatch', { reason: `${from} brings ${body.features} columns, declared are ${declared}` })
  }
  const admissions = { ...state.admissions, [from]: { ...admission, features: body.features } }
  const next: Admitting = { ...state, admissions }
  const parties = dataParties(manifest)
  if (parties.some((name) => (admissions[name] ?? nobody).features === null)) return { state: next, effects: [] }
  return openQuotas(next, body.rows, around)
}

/** Openings of the step 0 and of the closing step are the least. */
const FEWEST_STEPS = 2

function openQuotas(state: Admitting, rows: number, around: VerticalSurroundings): KeyServiceTransition {
  const { clock, head, admissions } = state
  const quotas: Record<string, Quota> = {}
  for (const name of dataParties(around.manifest)) {
    const features = admissions[name]?.features ?? 0
    const cap = stepCap(around.manifest, rows, features)
    if (cap < FEWEST_STEPS) throw new TributaryError('slr_params', { reason: `${cap} steps are too few for a result` })
    quotas[name] = { features, left: cap * features }
  }
  const effects: VerticalEffect[] = []
  const base = { clock, head, rows, step: 0, closing: false, exponent: 0, attempt: 0, quotas, totals: noTotals, shares: {} }
  return issueKey(base, effects, around)
}
