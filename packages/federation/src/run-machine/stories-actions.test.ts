import { describe, expect, it } from 'vitest'
import { recoveryEffects, resumedEffects } from './beginning.ts'
import { modelAfter } from './testing/cast.ts'
import { scenario } from './testing/scenario.ts'

const two = { selection: { minimum: 2 } }
const training = () => scenario(two).eligible('a', 'b', 'c').start().expectPhase('training', 1)
const aggregating = () => training().accepted('a', 'b', 'c').expectPhase('aggregating')
const evaluating = () => aggregating().aggregated().expectPhase('evaluating')
const paused = () => training().pause().accepted('a', 'b', 'c').aggregated().evaluated().expectPhase('paused', 1)
const completed = () =>
  scenario({ ...two, rounds: 1 })
    .eligible('a', 'b')
    .start()
    .accepted('a', 'b')
    .aggregated()
    .evaluated()
    .expectPhase('completed')
const failed = () => training().wait(90).expectPhase('failed')

describe('pause', () => {
  it('waits for the end of an open round: no update is thrown away', () => {
    training()
      .pause()
      .expectPhase('training')
      .expectLog('action')
      .expectAllowed('resume', 'extend', 'exclude', 'cancel')
      .pause()
      .expectIgnored()
      .accepted('a', 'b', 'c')
      .aggregated()
      .evaluated()
      .expectPhase('paused', 1)
      .expectCounted('a', 'b', 'c')
  })

  it('takes effect at once between rounds, and clears the timer', () => {
    scenario(two)
      .eligible('a')
      .start()
      .pause()
      .expectPhase('paused', 0)
      .expectEffects('wake')
      .wait(1000)
      .expectPhase('paused')
      .pause()
      .expectIgnored()
  })

  it('is taken back by resume while it waits', () => {
    training()
      .pause()
      .resume()
      .expectPhase('training')
      .accepted('a', 'b', 'c')
      .aggregated()
      .evaluated()
      .expectPhase('training', 2)
  })

  it('asked for while aggregating or evaluating also holds', () => {
    aggregating().pause().aggregated().evaluated().expectPhase('paused', 1)
    evaluating().pause().evaluated().expectPhase('paused', 1)
    evaluating().pause().resume().evaluated().expectPhase('training', 2)
  })

  it('asked for in the last round does not hide that the run is completed', () => {
    scenario({ ...two, rounds: 1 })
      .eligible('a', 'b')
      .start()
      .pause()
      .accepted('a', 'b')
      .aggregated()
      .evaluated()
      .expectPhase('completed')
  })

  it('ends with resume, which opens the next round from the newest model', () => {
    const story = paused()
      .resume()
      .expectPhase('training', 2)
      .expectOpen({ modelSha256: modelAfter(1) })
    expect(story.state.pausePending).toBe(false)
  })

  it('resume without a pause is refused', () => {
    for (const story of [scenario(), scenario().start(), training(), aggregating(), evaluating(), completed(), failed()])
      story.resume().expectRefusal('action_not_allowed')
  })
})

describe('extend', () => {
  it('in time: moves the deadline', () => {
    training()
      .accepted('a', 'b')
      .wait(50)
      .extend(60)
      .expectEffects('wake')
      .wait(69)
      .expectPhase('training')
      .wait(1)
      .expectPhase('aggregating')
  })

  it('when overdue: the round has a deadline again, and its patience after it', () => {
    training()
      .accepted('a')
      .wait(70)
      .expectOpen({ overdue: true })
      .extend(60)
      .expectOpen({ overdue: false })
      .expectSecondsLeft(50)
      .wait(50)
      .expectOpen({ overdue: true })
      .expectLog('round.overdue')
      .wait(29)
      .expectPhase('training')
      .wait(1)
      .expectPhase('failed')
  })

  it('when overdue, by less than it is late: the round is overdue again, against the later end', () => {
    training()
      .accepted('a')
      .wait(80)
      .extend(10)
      .wait(0)
      .expectOpen({ overdue: true })
      .wait(19)
      .expectPhase('training')
      .wait(1)
      .expectPhase('failed')
  })

  it('is refused where nothing waits for time', () => {
    for (const story of [scenario(), aggregating(), evaluating(), paused(), completed(), failed()])
      story.extend(10).expectRefusal('action_not_allowed')
  })
})

describe('exclude', () => {
  it('before the update: the task is withdrawn, no update is taken, the others go on', () => {
    training()
      .exclude('b')
      .expectTold('withdraw', 'b')
      .expectLog('action', 'participant.dropped')
      .expectMembers({ a: 'selected', b: 'excluded', c: 'selected' })
      .uploads('b')
      .expectRefusal('participant_excluded')
      .accepted('a', 'c')
      .aggregated()
      .evaluated()
      .expectCounted('a', 'c')
      .expectMembers({ a: 'selected', c: 'selected' })
  })

  it('after the update, while the round trains: the update is taken out again', () => {
    const story = training()
      .accepted('b')
      .exclude('b')
      .expectEffects('fold', 'wake')
      .expectMember('b', { status: 'excluded', update: null })
    // With the name: readers who may not know it are told by it whose pseudonym is meant.
    expect(story.logged('action').details).toMatchObject({ name: 'b', countsThisRound: false })
    story.uploads('b').expectRefusal('participant_excluded').accepted('a', 'c').aggregated().evaluated().expectCounted('a', 'c')
  })

  it('while aggregating or evaluating: it counts in this round and is not asked in the next', () => {
    for (const story of [aggregating(), evaluating()]) {
      story.exclude('b')
      expect(story.logged('action').details).toMatchObject({ countsThisRound: true })
      if (story.state.phase === 'aggregating') story.aggregated()
      story.evaluated().expectCounted('a', 'b', 'c').expectPhase('training', 2).expectMembers({ a: 'selected', c: 'selected' })
    }
  })

  it('closes the round when everybody else has answered', () => {
    training().accepted('a', 'b').exclude('c').expectPhase('aggregating').expectTold('withdraw', 'c')
  })

  it('of somebody outside of the round only keeps them out', () => {
    const details = (story: ReturnType<typeof training>) => story.exclude('d').logged('action').details
    expect(details(training().eligible('d'))).toMatchObject({ participant: expect.any(String), name: 'd' })
    // Neither in the round nor there: the run knows no name.
    expect(details(training())).not.toHaveProperty('name')
    training()
      .exclude('d')
      .expectPhase('training')
      .expectEffects()
      .eligible('d')
      .left('a')
      .expectMembers({ a: 'left', b: 'selected', c: 'selected' })
  })

  it('twice is ignored, of an ended run it is refused', () => {
    training().exclude('a').exclude('a').expectIgnored()
    completed().exclude('a').expectRefusal('action_not_allowed')
  })
})

describe('cancel', () => {
  it('ends the run in each phase that has not ended, with its reason', () => {
    for (const story of [scenario(), scenario().start(), training(), aggregating(), evaluating(), paused()])
      story
        .cancel()
        .expectPhase('cancelled')
        .expectFailure('run_cancelled', { details: { reason: 'a test' } })
  })

  it('tells those who work, and keeps the open round for its account', () => {
    training().accepted('a').cancel().expectEffects('wake', 'withdraw', 'ended').expectTold('withdraw', 'b', 'c').expectMembers({
      a: 'accepted',
      b: 'selected',
      c: 'selected',
    })
  })

  it('of an ended run is refused', () => {
    for (const story of [completed(), failed(), training().cancel()]) story.cancel().expectRefusal('action_not_allowed')
  })
})

describe('broken steps', () => {
  it('of aggregation and evaluation end the run with their reasons, the model stays that of the last closed round', () => {
    const before = training().state.modelSha256
    const aggregation = aggregating().aggregationFailed().expectPhase('failed')
    aggregation.expectFailure('run_failed_aggregation', { party: 'coordinator', phase: 'aggregating', participants: [] })
    const evaluation = evaluating().evaluationFailed().expectPhase('failed')
    evaluation.expectFailure('run_failed_evaluation', { party: 'coordinator', phase: 'evaluating' })
    expect([aggregation.state.modelSha256, evaluation.state.modelSha256]).toEqual([before, before])
  })

  it('answers of another round, or that come twice, are ignored', () => {
    aggregating()
      .aggregated(1)
      .expectIgnored()
      .aggregated()
      .aggregated()
      .expectIgnored()
      .evaluated(-1)
      .expectIgnored()
      .evaluated()
      .evaluated(-1)
      .expectIgnored()
  })
})

describe('actions that are offered', () => {
  it('are those of the phase', () => {
    scenario().expectAllowed('start', 'cancel', 'exclude')
    scenario().start().expectAllowed('pause', 'extend', 'exclude', 'cancel')
    training().expectAllowed('pause', 'extend', 'exclude', 'cancel')
    aggregating().expectAllowed('pause', 'exclude', 'cancel').pause().expectAllowed('resume', 'exclude', 'cancel')
    evaluating().expectAllowed('pause', 'exclude', 'cancel')
    paused().expectAllowed('resume', 'exclude', 'cancel')
    for (const story of [completed(), failed(), training().cancel()]) story.expectAllowed()
  })
})

describe('a restart', () => {
  const effects = (story: ReturnType<typeof training>) => recoveryEffects(story.restart().state)

  it('sets the timer again, folds again, or repeats the step that was under way', () => {
    expect(effects(scenario())).toEqual([])
    expect(effects(scenario(two).start())).toEqual([{ type: 'wake', at: expect.any(Number) }])
    const round = training().accepted('a')
    expect(effects(round)).toEqual([
      { type: 'fold', open: round.open },
      { type: 'wake', at: round.open.deadlineAt },
    ])
    const overdue = training().accepted('a').wait(60)
    expect(effects(overdue)).toContainEqual({ type: 'wake', at: overdue.open.deadlineAt + 30_000 })
    const sum = aggregating()
    expect(effects(sum)).toEqual([{ type: 'aggregate', open: sum.open }])
    expect(effects(evaluating())).toEqual([{ type: 'evaluate', round: 1, modelSha256: modelAfter(1) }])
    for (const story of [paused(), completed(), failed(), training().cancel()]) expect(effects(story)).toEqual([])
    // What another wrote asks for more: nobody comes back to ask for its task, or hears of the end.
    const alarm = { type: 'wake', at: null }
    expect(resumedEffects(round.state)).toEqual([
      alarm,
      { type: 'assign', round: 1, members: round.open.members },
      ...effects(round),
    ])
    for (const story of [sum, evaluating(), paused()]) expect(resumedEffects(story.state)).toEqual([alarm, ...effects(story)])
    for (const story of [completed(), failed()])
      expect(resumedEffects(story.state)).toEqual([alarm, { type: 'ended', state: story.state }])
  })

  it('in any phase changes nothing of what follows', () => {
    training()
      .accepted('a')
      .restart()
      .uploads('a')
      .expectIgnored()
      .accepted('b')
      .restart()
      .wait(60)
      .expectPhase('aggregating')
      .restart()
      .aggregated()
      .restart()
      .evaluated()
      .expectCounted('a', 'b')
    training().accepted('a').wait(60).restart().wait(30).expectPhase('failed')
    scenario(two).eligible('a').start().restart().wait(90).expectPhase('failed')
  })

  it('after the deadline: the round is looked at when the timer fires, at once', () => {
    training().accepted('a', 'b').sleep(600).restart().wait(0).expectPhase('aggregating')
  })
})
