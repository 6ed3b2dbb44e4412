import { TributaryError } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { scenario } from './testing/scenario.ts'

const two = { selection: { minimum: 2 } }
const openWith = (...names: string[]) =>
  scenario(two)
    .eligible(...names)
    .start()
    .expectPhase('training', 1)

describe('opening a round', () => {
  it('waits until the minimum is eligible, then asks everybody who was selected', () => {
    scenario(two)
      .start()
      .expectPhase('selecting', 0)
      .eligible('b')
      .expectPhase('selecting', 0)
      .eligible('a')
      .expectPhase('training', 1)
      .expectEffects('assign', 'wake')
      .expectTold('assign', 'a', 'b')
      .expectLog('round.opened', 'run.state')
      .expectOpen({ target: 2, minimum: 2, overdue: false })
      .expectSecondsLeft(60)
  })

  it('opens at the start when enough are there', () => {
    scenario(two)
      .eligible('a', 'b')
      .start()
      .expectPhase('training', 1)
      .expectLog('action', 'run.state', 'round.opened', 'run.state')
      .expectEffects('wake', 'assign', 'wake')
  })

  it('gives up when deadline and patience passed below the minimum, and says how many were there', () => {
    scenario(two)
      .eligible('a')
      .start()
      .wait(89)
      .expectPhase('selecting')
      .wait(1)
      .expectPhase('failed', 0)
      .expectEffects('wake', 'ended')
      .expectFailure('run_failed_no_participants', {
        party: 'institution',
        phase: 'selecting',
        details: { round: 1, eligible: 1, minimum: 2 },
      })
  })

  it('can be given more time', () => {
    scenario(two)
      .eligible('a')
      .start()
      .wait(80)
      .extend(30)
      .wait(30)
      .expectPhase('selecting')
      .eligible('b')
      .expectPhase('training', 1)
  })

  it('asks more than it needs when over-selection is on, and stops the rest when the target is reached', () => {
    const story = scenario({ selection: { fraction: 0.5, minimum: 1, overSelection: 0.5 } })
      .eligible('a', 'b', 'c', 'd')
      .start()
      .expectOpen({ target: 2 })
    const [first, second, third] = story.open.members.map(({ name }) => name)
    expect(story.open.members).toHaveLength(3)
    story
      .accepted(first as string, third as string)
      .expectPhase('aggregating')
      .expectTold('withdraw', second as string)
      .expectEffects('fold', 'wake', 'withdraw', 'aggregate')
  })

  it('does not ask who is excluded or disconnected', () => {
    scenario(two)
      .eligible('a', 'b', 'c', 'd')
      .exclude('a')
      .disconnected('d')
      .start()
      .expectMembers({ b: 'selected', c: 'selected' })
  })
})

describe('closing a round', () => {
  it('closes at once when the target is reached', () => {
    openWith('a', 'b')
      .accepted('b')
      .expectPhase('training')
      .accepted('a')
      .expectPhase('aggregating')
      .expectEffects('fold', 'wake', 'aggregate')
  })

  it('closes at the deadline with the minimum, and tells those who are late', () => {
    openWith('a', 'b', 'c')
      .accepted('a', 'c')
      .wait(59)
      .expectPhase('training')
      .wait(1)
      .expectPhase('aggregating')
      .expectTold('withdraw', 'b')
      .uploads('b')
      .expectRefusal('round_not_open')
  })

  it('waits beyond the deadline for the minimum and closes as soon as it is there', () => {
    openWith('a', 'b', 'c')
      .accepted('a')
      .wait(60)
      .expectPhase('training')
      .expectLog('round.overdue')
      .expectOpen({ overdue: true })
      .wait(20)
      .accepted('c')
      .expectPhase('aggregating')
      .expectTold('withdraw', 'b')
  })

  it('fails after the patience, naming party, phase, cause, the missing and the next step', () => {
    const story = openWith('a', 'b', 'c')
      .accepted('a')
      .rejected('b')
      .wait(30)
      .disconnected('c')
      .wait(60)
      .expectPhase('failed', 1)
      .expectEffects('wake', 'withdraw', 'ended')
      .expectTold('withdraw', 'b', 'c')
      .expectFailure('run_failed_below_minimum', { party: 'institution', phase: 'training', participants: ['b', 'c'] })
    const { reason } = story.logged('run.state')
    expect(reason?.message).toContain('1 of 2')
    expect(reason?.message).toContain('c (offline since 2026-01-01 00:00 UTC)')
    expect(reason?.message).toMatch(/b \(update refused: .*not finite/)
    const { message } = TributaryError.fromBody(reason).toBody('zh')
    expect(message).toMatch(/缺：b（更新被拒：.*非有限.*）、c（2026-01-01 00:00 UTC 起离线）。$/)
    expect(reason?.nextStep).toContain('lower the minimum')
    expect(story.open.members.find(({ name }) => name === 'a')?.update).not.toBeNull()
  })

  it('fails at the deadline when there is no patience', () => {
    scenario({ ...two, patienceSeconds: 0 })
      .eligible('a', 'b')
      .start()
      .accepted('a')
      .wait(60)
      .expectPhase('failed')
  })

  it('fails late when the timer was late, and only once', () => {
    openWith('a', 'b').sleep(1000).tick().expectPhase('failed').tick().expectIgnored()
  })

  it('closes with the minimum when the timer was late', () => {
    openWith('a', 'b', 'c').accepted('a', 'b').sleep(1000).tick().expectPhase('aggregating')
  })

  it('goes from round to round and is completed after the last', () => {
    const story = openWith('a', 'b')
    for (const round of [1, 2, 3])
      story.expectPhase('training', round).accepted('a', 'b').aggregated().expectPhase('evaluating').evaluated()
    story.expectPhase('completed', 3).expectEffects('roundClosed', 'wake', 'ended').expectCounted('a', 'b')
    expect(story.logged('round.closed').counted.map(({ weight }) => weight)).toEqual([10 / 30, 20 / 30])
    expect(story.logged('metric')).toMatchObject({ scope: 'global', round: 3 })
  })

  it('says who counted, who did not and why', () => {
    const story = openWith('a', 'b', 'c', 'd', 'e')
      .accepted('a', 'b')
      .failed('c')
      .left('d')
      .downloaded('e')
      .wait(60)
      .aggregated()
      .evaluated()
    const { counted, missing } = story.logged('round.closed')
    expect(counted.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(missing.map(({ name, reason }) => `${name} ${reason}`)).toEqual([
      'c its training failed: out of memory',
      'd left: goes home',
      'e fetched the model, sent no update',
    ])
  })
})

describe('leavers', () => {
  it('before their update: the target stands, the others are waited for', () => {
    openWith('a', 'b', 'c')
      .left('c')
      .expectOpen({ target: 3 })
      .accepted('a')
      .expectPhase('training')
      .accepted('b')
      .expectPhase('aggregating')
  })

  it('after their update: it still counts, and does not close the round early', () => {
    openWith('a', 'b', 'c')
      .accepted('a')
      .left('a')
      .expectIgnored()
      .expectOpen({ target: 3 })
      .expectMembers({ a: 'accepted', b: 'selected', c: 'selected' })
      .accepted('b')
      .expectPhase('training')
      .accepted('c')
      .aggregated()
      .evaluated()
      .expectCounted('a', 'b', 'c')
  })

  it('below the minimum the round waits for somebody new', () => {
    openWith('a', 'b')
      .left('a', 'b')
      .expectPhase('training')
      .wait(70)
      .expectPhase('training')
      .eligible('c', 'd')
      .accepted('c', 'd')
      .expectPhase('aggregating')
  })

  it('cannot send an update any more', () => {
    openWith('a', 'b', 'c').left('a').uploads('a').expectRefusal('participant_left')
  })
})

describe('newcomers', () => {
  it('take the place of a leaver in the same round, in the order of names', () => {
    openWith('b', 'c')
      .left('c')
      .expectMembers({ b: 'selected', c: 'left' })
      .eligible('a')
      .expectTold('assign', 'a')
      .expectLog('round.opened')
      .expectMembers({ a: 'selected', b: 'selected', c: 'left' })
      .accepted('b', 'a')
      .expectPhase('aggregating')
  })

  it('are not asked while the target can be reached without them', () => {
    openWith('a', 'b').eligible('c').expectIgnored().expectMembers({ a: 'selected', b: 'selected' })
  })

  it('are asked before a leaver closes the round below its target', () => {
    // A round of two out of three with a minimum of one: when the second leaves, the third is asked.
    const story = scenario({ selection: { fraction: 0.5, minimum: 1 } })
      .eligible('a', 'b', 'c')
      .start()
      .expectOpen({ target: 2 })
    const [first, second] = story.open.members.map(({ name }) => name) as [string, string]
    const third = ['a', 'b', 'c'].find((name) => name !== first && name !== second) as string
    story
      .accepted(first)
      .left(second)
      .expectPhase('training')
      .expectTold('assign', third)
      .accepted(third)
      .expectPhase('aggregating')
  })

  it('do not make an overdue round forget its patience', () => {
    // The deadline passed while the timer was late, and the first thing that happens is a newcomer.
    const story = openWith('a', 'b').left('b')
    story.sleep(60).eligible('c').expectLog('round.opened', 'round.overdue').expectEffects('assign', 'wake')
    story
      .wait(30)
      .expectPhase('failed')
      .expectFailure('run_failed_below_minimum', { participants: ['a', 'b', 'c'] })
  })
})

describe('failed training', () => {
  it('is named, and the round goes on without it', () => {
    const story = openWith('a', 'b', 'c')
      .failed('b')
      .expectLog('participant.failed')
      .expectMember('b', { status: 'failed', reason: 'out of memory' })
    expect(story.logged('participant.failed').error).toMatchObject({ code: 'training_failed', party: 'institution' })
    story.accepted('a').expectPhase('training').accepted('c').expectPhase('aggregating')
  })

  it('may be mended in time', () => {
    openWith('a', 'b')
      .failed('a')
      .accepted('a')
      .expectMember('a', { status: 'accepted', reason: null })
      .accepted('b')
      .expectPhase('aggregating')
  })

  it('of everybody ends the run at once with the reasons', () => {
    openWith('a', 'b')
      .failed('a')
      .expectPhase('training')
      .failed('b')
      .expectPhase('failed')
      .expectFailure('run_failed_below_minimum', { participants: ['a', 'b'] })
  })

  it('reported again, or by somebody who has answered, is ignored', () => {
    openWith('a', 'b', 'c')
      .failed('a')
      .failed('a')
      .expectIgnored()
      .accepted('b')
      .failed('b')
      .expectIgnored()
      .expectMember('b', { status: 'accepted' })
  })

  it('of another round or of a stranger is refused', () => {
    openWith('a', 'b').failed('a', 1).expectRefusal('round_not_open').failed('a', -1).expectRefusal('round_not_open')
    openWith('a', 'b').failed('z').expectRefusal('not_selected')
    scenario(two).failed('a').expectRefusal('round_not_open')
  })
})
