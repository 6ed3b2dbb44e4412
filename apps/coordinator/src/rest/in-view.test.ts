import {
  type Absence,
  catalogue,
  type ErrorCode,
  type FailureReason,
  type FederationId,
  type ParticipantId,
  type RunEvent,
  runEventSchema,
  TributaryError,
} from '@tributary/protocol'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { callerOfAccount } from '../access/caller.ts'
import { createViews, type View } from '../access/view.ts'
import { someAccount } from '../storage/store-fixtures.ts'
import { eventInView, failureInView } from './in-view.ts'

const fed = 'fed_00000001' as FederationId
const OTHERS = ['1', '2', 'null', 'actual', 'birch-clinic'] as const
const idOf = (name: string) => `par_0000000${name.length}` as ParticipantId
const viewAs = (role: 'institution' | 'researcher'): View =>
  createViews('key')(
    callerOfAccount(
      someAccount({ role, federation: fed, name: 'alder', participant: role === 'institution' ? idOf('alder') : null }),
    ),
    fed,
  )
const views = { institution: viewAs('institution'), researcher: viewAs('researcher') }

/** All values with their places. What has a meaning in the protocol is no text of anybody. */
const leaves = (value: unknown, path = ''): [string, unknown][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([field, one]) =>
        ['why', 'code', 'since'].includes(field) ? [] : leaves(one, `${path}.${field}`),
      )
    : [[path, value]]
const numbers = (value: unknown) => leaves(value).filter(([, one]) => typeof one !== 'string')
const words = (value: unknown) => leaves(value).flatMap(([, one]) => (typeof one === 'string' ? one.split(/[^a-z0-9-]/) : []))

const details = (name: string, text: string) => {
  const refused = { tensor: `dense_1 of ${name}`, expected: 1, actual: 2, none: null, finite: false, shape: [1, 2] }
  const missing: Absence[] = [
    { name, why: 'refused', error: { code: 'update_wrong_shape', details: refused } },
    { name: '2', why: 'failed', words: text },
    { name: '1', why: 'offline', since: '2026-03-05T14:03:33.000Z' },
  ]
  return { round: 2, expected: 1, actual: 2, limit: 1, seconds: 0.5, known: true, participant: name, name, reason: text, missing }
}
const someText = fc
  .array(fc.constantFrom(...OTHERS, 'alder', 'says', ',', ': ', '"', '\\', '{', '[', '$&'), { maxLength: 6 })
  .map((parts) => parts.join(' '))

it('throws at no name, changes no number and tells no name, in any error that there is', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...(Object.keys(catalogue) as ErrorCode[])),
      fc.constantFrom(...OTHERS),
      someText,
      fc.constantFrom('institution' as const, 'researcher' as const),
      (code, name, text, role) => {
        const view = views[role]
        const body = new TributaryError(code, details(name, text)).toBody()
        const who = { round: 2, participant: idOf(name), name }
        const failure: FailureReason = { ...body, participants: [...OTHERS] }
        const events: RunEvent[] = [
          { type: 'update.rejected', data: { ...who, error: body } },
          { type: 'participant.failed', data: { ...who, error: body } },
          { type: 'run.state', data: { from: 'training', to: 'failed', reason: failure } },
          { type: 'participant.dropped', data: { ...who, reason: text } },
          {
            type: 'action',
            data: { action: 'exclude', by: 'ada', reason: `${name} ${text}`, details: { ...who, countsThisRound: true } },
          },
        ]
        for (const event of events) {
          const seen = eventInView(event, view)
          expect(runEventSchema.parse(seen)).toEqual(seen)
          if ('participant' in seen.data) expect(seen.data.participant).not.toBe(who.participant)
          if ('reason' in seen.data && typeof seen.data.reason === 'string') expect(words(seen.data.reason)).not.toContain(name)
          if (!('error' in seen.data)) continue
          // Only the reader of its numbers: others are told the code alone.
          if (role === 'researcher') expect(numbers(seen.data.error.details)).toEqual(numbers(body.details))
          expect(words(seen.data.error.details)).not.toContain(name)
          expect(seen.data.error.message).toBe(
            new TributaryError(code, seen.data.error.details as TributaryError['details']).message,
          )
        }
        const seen = failureInView(failure, view)
        const top = (all: Record<string, unknown>) => numbers({ ...all, missing: null })
        expect(top(seen.details)).toEqual(top(body.details))
        if (role === 'researcher') expect(numbers(seen.details)).toEqual(numbers(body.details))
        for (const other of OTHERS) expect(words(seen.details)).not.toContain(other)
        expect(seen.message).toBe(new TributaryError(code, seen.details as TributaryError['details']).message)
      },
    ),
    { numRuns: 500, seed: 5 },
  )
})

const excluded = (name: string, details: Record<string, unknown>, reason = `${name} sends noise`): RunEvent => ({
  type: 'action',
  data: { action: 'exclude', by: 'ada', reason, details: { ...details, countsThisRound: false } },
})
const told = (event: RunEvent, view: View) => {
  const seen = eventInView(event, view)
  return seen.type === 'action' ? [seen.data.reason, seen.data.details] : []
}

it('tells of an exclusion by the pseudonyms of what it did to the round, and the words to whom they are', () => {
  const [participant, name] = [idOf('birch-clinic'), 'birch-clinic']
  const event = excluded(name, { participant, name })
  const dropped: RunEvent = { type: 'participant.dropped', data: { round: 2, participant, name, reason: 'as the action' } }
  for (const view of Object.values(views)) {
    const who = [view.id(participant, name), view.name(name)]
    expect(who).not.toContain(participant)
    expect(eventInView(dropped, view).data).toMatchObject({ participant: who[0], name: who[1] })
    const reason = view === views.researcher ? `${who[1]} sends noise` : '…'
    expect(told(event, view)).toEqual([reason, { participant: who[0], name: who[1], countsThisRound: false }])
  }
  const own = { participant: idOf('alder'), name: 'alder' }
  expect(told(excluded('alder', own), views.institution)).toEqual(['alder sends noise', { ...own, countsThisRound: false }])
})

it('tells nobody whom an exclusion without a name was of, and leaves what was done to a whole run as it is', () => {
  for (const details of [
    { participant: idOf('cedar') },
    { participant: idOf('cedar'), name: 7 },
    { participant: 'x', name: 'cedar' },
  ])
    for (const view of Object.values(views))
      expect(told(excluded('cedar', details), view)).toEqual(['…', { countsThisRound: false }])
  for (const action of ['create', 'start', 'pause', 'resume', 'cancel', 'extend'] as const) {
    const event: RunEvent = {
      type: 'action',
      data: { action, by: 'ada', reason: 'a test', details: { name: 'a run', seconds: 5 } },
    }
    for (const view of Object.values(views)) expect(eventInView(event, view)).toEqual(event)
  }
})
