import { describe, expect, it } from 'vitest'
import { admission, openTask } from './admission.ts'
import { updateOf } from './testing/cast.ts'
import { idOf, scenario } from './testing/scenario.ts'

const training = () =>
  scenario({ selection: { minimum: 2 } })
    .eligible('a', 'b', 'c')
    .start()
    .expectPhase('training', 1)

describe('updates that are not taken', () => {
  it('repeated: acknowledged again, counted once', () => {
    training()
      .accepted('a')
      .uploads('a')
      .expectIgnored()
      .accepted('b', 'c')
      .uploads('a')
      .expectIgnored()
      .aggregated()
      .uploads('c')
      .expectIgnored()
  })

  it('another one of the same participant', () => {
    training().accepted('a').uploads('a', { variant: 1 }).expectRefusal('update_already_accepted')
  })

  it('of another round: too late or too early', () => {
    training()
      .uploads('a', { round: -1 })
      .expectRefusal('round_not_open')
      .uploads('a', { round: 1 })
      .expectRefusal('round_not_open')
  })

  it('of the last round, after it was closed, even if they counted', () => {
    training()
      .accepted('a', 'b', 'c')
      .aggregated()
      .evaluated()
      .expectPhase('training', 2)
      .uploads('a', { round: -1 })
      .expectRefusal('round_not_open')
      .uploads('a')
      .expectRefusal(null)
  })

  it('of somebody who was not selected', () => {
    training().uploads('d').expectRefusal('not_selected')
  })

  it('in every phase that takes none', () => {
    const refused = { created: scenario(), selecting: scenario().start(), aggregating: training().accepted('b', 'c').wait(60) }
    for (const story of Object.values(refused)) story.uploads('a').expectRefusal('round_not_open')
    training().accepted('b', 'c').wait(60).aggregated().uploads('a').expectRefusal('round_not_open')
    training()
      .pause()
      .accepted('a', 'b', 'c')
      .aggregated()
      .evaluated()
      .expectPhase('paused')
      .uploads('a')
      .expectRefusal('round_not_open')
    training().cancel().uploads('a').expectRefusal('round_not_open')
    training().wait(90).expectPhase('failed').uploads('a').expectRefusal('round_not_open')
    training().accepted('a').wait(90).expectPhase('failed').uploads('a').expectRefusal('round_not_open')
    scenario({ rounds: 1 })
      .eligible('a', 'b')
      .start()
      .accepted('a', 'b')
      .aggregated()
      .evaluated()
      .uploads('a')
      .expectRefusal('round_not_open')
  })

  it('a refused one harms nothing: it is counted, said, and the next one is taken', () => {
    const story = training()
      .rejected('a', 'a')
      .expectLog('update.rejected')
      .expectMember('a', { status: 'selected', rejects: 2, update: null })
    expect(story.open.members.find(({ name }) => name === 'a')?.refusal?.code).toBe('update_not_finite')
    story
      .accepted('a')
      .expectMember('a', { status: 'accepted', rejects: 2, reason: null, refusal: null })
      .rejected('a')
      .expectMember('a', { status: 'accepted', reason: null, refusal: null })
    story.rejected('z').expectIgnored()
    story.accepted('b', 'c').expectPhase('aggregating').rejected('a').expectIgnored()
  })

  it('a participant that was late in one round is asked again in the next', () => {
    training()
      .accepted('a', 'b')
      .wait(60)
      .uploads('c')
      .expectRefusal('round_not_open')
      .aggregated()
      .evaluated()
      .expectPhase('training', 2)
      .accepted('c')
      .expectMember('c', { status: 'accepted' })
  })
})

describe('progress of a participant', () => {
  it('a download is noted once', () => {
    training()
      .downloaded('a')
      .expectMember('a', { status: 'downloaded' })
      .expectLog('participant.downloaded')
      .downloaded('a')
      .expectIgnored()
  })

  it('an accepted update is told with its figures', () => {
    const story = training().uploads('b', { variant: 1 }).expectLog('participant.trained', 'update.accepted', 'metric', 'metric')
    const { sha256, samples, bytes } = updateOf('b', 1, 1)
    expect(story.logged('update.accepted')).toMatchObject({ sha256, samples, bytes, name: 'b', round: 1, backend: 'wasm' })
    expect(story.logged('metric')).toEqual({ round: 1, scope: 'participant', name: 'accuracy', participant: 'b', value: 0.75 })
  })

  it('an open task is given again to who comes back, until it answered', () => {
    const story = training()
    expect(openTask(story.state, idOf('a'))).toMatchObject({ name: 'a', status: 'selected' })
    expect(openTask(story.downloaded('a').state, idOf('a'))).not.toBeNull()
    expect(openTask(story.accepted('a').state, idOf('a'))).toBeNull()
    expect(openTask(story.state, idOf('z'))).toBeNull()
    expect(openTask(story.accepted('b').wait(60).state, idOf('c'))).toBeNull()
  })
})

describe('admission', () => {
  const ask = (story: ReturnType<typeof training>, name: string, round = 1, variant = 0) => {
    const answer = admission(story.state, round, idOf(name), updateOf(name, 1, variant).sha256)
    return answer.kind === 'refused' ? answer.error.code : answer.kind
  }

  it('says the same before the bytes as when they are stored', () => {
    const story = training().accepted('a').failed('b').exclude('c')
    expect([
      ask(story, 'a'),
      ask(story, 'a', 1, 1),
      ask(story, 'b'),
      ask(story, 'c'),
      ask(story, 'd'),
      ask(story, 'b', 2),
    ]).toEqual(['repeated', 'update_already_accepted', 'open', 'participant_excluded', 'not_selected', 'round_not_open'])
    expect(ask(training().left('a'), 'a')).toBe('participant_left')
  })
})
