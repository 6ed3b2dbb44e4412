import { type MessageBody, TributaryError } from '@tributary/protocol'
import type { VerticalEffect, VerticalMachineEvent, VerticalSurroundings } from '../effects.ts'
import { newOptimiser } from '../optimisers/optimiser.ts'
import { noTotals } from '../optimisers/totals.ts'
import { psiTransition } from '../psi/index.ts'
import { requireSameRows } from '../run/alignment.ts'
import type { Mail, Result } from '../run/mail.ts'
import { dataParties, everyoneBut, keyServiceName } from '../run/roles.ts'
import { requireRoom } from './own-part.ts'
import type { Aligning, Comparing, PartyState, Preparing } from './state.ts'
import { andThen, equivocation, fail, outOfPlace, type PartyTransition, refuse, send, stay } from './steps.ts'

export const PREPARE_JOB = 'prepare'

/** Drives the alignment; its result is this party's list of rows. */
export function alignOn(state: Aligning, event: VerticalMachineEvent, around: VerticalSurroundings): PartyTransition {
  const { state: psi, effects, refusal, failure } = psiTransition(state.psi, event, around)
  if (refusal !== undefined) return refuse(state, refusal)
  const after: PartyTransition = { state: psi === state.psi ? state : { ...state, psi }, effects }
  if (failure !== undefined) return andThen(after, (s) => fail(s, failure.error, around, failure.announced))
  if (psi.phase !== 'aligned') return after
  const { rows, listSha256, weightsSha256 } = psi
  const { psi: _, ...base } = state
  const body: MessageBody<'aligned'> = { rows, listSha256, weightsSha256 }
  const comparing: Comparing = { ...base, phase: 'comparing', alignments: { ...state.alignments, [around.me]: body } }
  const told: VerticalEffect[] = [
    send(everyoneBut(around.me, around.manifest), 0, { kind: 'aligned', body, parts: [] }),
    { type: 'tell', notice: { kind: 'aligned', rows } },
  ]
  return andThen({ state: comparing, effects: [...effects, ...told] }, () => compare(comparing, around))
}

/** Another party's list; it may be there before the own one. */
export function takeAligned(state: Aligning | Comparing, mail: Mail<'aligned'>, around: VerticalSurroundings): PartyTransition {
  const { from, body, step } = mail
  if (step !== 0 || !dataParties(around.manifest).includes(from)) return outOfPlace(state, mail)
  const known = state.alignments[from]
  if (known !== undefined) {
    return JSON.stringify(known) === JSON.stringify(body) ? stay(state) : equivocation(state, from, 'aligned')
  }
  const next = { ...state, alignments: { ...state.alignments, [from]: body } }
  return next.phase === 'comparing' ? compare(next, around) : { state: next, effects: [] }
}

function compare(state: Comparing, around: VerticalSurroundings): PartyTransition {
  const own = state.alignments[around.me]
  const all = dataParties(around.manifest).map((name) => state.alignments[name])
  if (own === undefined || all.includes(undefined)) return { state, effects: [] }
  requireSameRows(state.alignments, around.manifest)
  const { clock, heads } = state
  return {
    state: { phase: 'preparing', clock, heads, rows: own.rows },
    effects: [{ type: 'job', id: PREPARE_JOB, job: { kind: 'prepare' } }],
  }
}

/** The table is standardised, rounded and checked: tells the key service how many columns are left. */
export function takeTable(state: Preparing, { job, result }: Result<'prepare'>, around: VerticalSurroundings): PartyTransition {
  if (job !== PREPARE_JOB) return stay(state)
  const { rows, columns, dropped, notices } = result.table
  if (rows !== state.rows) {
    throw new TributaryError('slr_alignment', { reason: `the table has ${rows} rows where ${state.rows} were aligned` })
  }
  requireRoom(rows, around)
  const features = columns.length
  const next: PartyState = {
    ...state,
    phase: 'awaitingKey',
    step: 0,
    closing: false,
    optimiser: newOptimiser(around.manifest.settings.optimiser, features),
    totals: noTotals,
    inbox: [],
    retired: [],
    shared: null,
  }
  const tells: VerticalEffect[] = notices.map((notice) => ({ type: 'tell', notice: { kind: 'leverage', ...notice } }))
  if (dropped.length > 0) tells.unshift({ type: 'tell', notice: { kind: 'column_constant', columns: dropped } })
  const ready = send([keyServiceName(around.manifest)], 0, { kind: 'ready', body: { features, rows }, parts: [] })
  return { state: next, effects: [...tells, ready] }
}
