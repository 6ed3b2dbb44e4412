import {
  fingerprintOf,
  type ParticipantId,
  type PartyRole,
  type RunId,
  TributaryError,
  verticalOpeningsSchema,
  verticalSettingsSchema,
} from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { type HubRunState, hubTransition, openingsOver, proposedHubRun } from './index.ts'

const settings = verticalSettingsSchema.parse({})
const party = (name: string, role: PartyRole, key = name) => {
  const keys = { signing: key.padEnd(43, 's'), sealing: key.padEnd(43, 'x') }
  const participant = `par_${name.padEnd(8, '0')}` as ParticipantId
  return { name, participant, role, keys, fingerprint: fingerprintOf(keys), rows: 50, features: role === 'key-service' ? 0 : 3 }
}
const alder = party('alder', 'feature')
const birch = party('birch', 'label')
const cedar = party('cedar', 'key-service')
const dogwood = party('dogwood', 'feature')
const elder = party('elder', 'label')

/** A run of these parties in which these openings were published. */
function runOf(
  parties: readonly ReturnType<typeof party>[],
  ...openings: readonly [party: string, numbers: number, left: number][]
) {
  const running: HubRunState = { ...proposedHubRun('run_0123456789' as RunId, settings, parties), phase: 'running' }
  return openings.reduce((state, [name, numbers, quotaLeft], index) => {
    const event = { type: 'opening', step: index, party: name, numbers, quotaLeft } as const
    const { state: next, refusal } = hubTransition(state, { type: 'published', by: 'cedar', seq: index + 1, event })
    if (refusal instanceof TributaryError) throw refusal
    return next
  }, running)
}

describe('openings over runs', () => {
  const first = runOf([alder, birch, cedar], ['alder', 3, 117], ['birch', 3, 117], ['alder', 3, 114])
  const second = runOf([alder, birch, cedar], ['alder', 3, 27])
  const totals = (run: HubRunState, runs: readonly HubRunState[]) =>
    Object.fromEntries(openingsOver(run, runs).map(({ party: name, ...rest }) => [name, rest]))

  it('add up over the runs of the same parties, with what those runs may open', () => {
    const both = openingsOver(second, [first, second])
    expect(verticalOpeningsSchema.parse(both)).toEqual(both)
    expect(both).toEqual([
      { party: 'alder', features: 3, numbers: 3, quota: 30, overRuns: { runs: 2, numbers: 9, quota: 150 } },
      { party: 'birch', features: 3, numbers: 0, quota: null, overRuns: { runs: 1, numbers: 3, quota: 120 } },
    ])
  })

  it('count runs with a further party, and none in which the two did not meet', () => {
    const wider = runOf([alder, birch, dogwood, cedar], ['alder', 3, 57])
    const apart = runOf([alder, elder, cedar], ['alder', 3, 57])
    expect(totals(first, [first, wider, apart]).alder).toMatchObject({
      numbers: 6,
      overRuns: { runs: 2, numbers: 9, quota: 180 },
    })
    expect(totals(apart, [first, wider, apart]).alder).toMatchObject({ numbers: 3, overRuns: { runs: 1, numbers: 3, quota: 60 } })
  })

  it('know a party by its keys: another name hides nothing, the same name proves nothing', () => {
    const renamed = runOf([party('maple', 'feature', 'alder'), birch, cedar], ['maple', 3, 57])
    const stranger = runOf([party('alder', 'feature', 'other keys'), birch, cedar], ['alder', 3, 57])
    expect(totals(second, [second, renamed, stranger]).alder?.overRuns).toEqual({ runs: 2, numbers: 6, quota: 90 })
  })
})
