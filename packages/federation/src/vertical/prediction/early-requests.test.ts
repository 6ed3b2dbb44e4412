import type { Content } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { expected, predict } from '../testing/predictions.ts'
import { type SmallRunOptions, smallRun } from '../testing/random-run.ts'
import { type Delivery, World } from '../testing/world.ts'

const closeTo = (values: readonly number[] | null, right: readonly number[]) => {
  expect(values).toHaveLength(right.length)
  right.forEach((value, index) => {
    expect(values?.[index]).toBeCloseTo(value, 5)
  })
}

describe('a prediction that is asked before a sender has its own result', () => {
  /** A run whose `done` to host-a is still in the mail. */
  function awaitingDone(options: SmallRunOptions = {}) {
    const held: Delivery[] = []
    const tamper = (mail: Delivery) => {
      if (mail.content.kind !== 'done' || mail.to !== 'host-a') return mail
      held.push(mail)
      return null
    }
    const run = smallRun({ features: [2, 1], labelFeatures: 2, rows: 70, ...options })
    const world = new World({ ...run, seed: 9, duplicates: true, tamper }).run()
    expect(world.party('host-a')).toMatchObject({ phase: 'deciding', point: 'closing' })
    const release = () => {
      for (const mail of held) world.forge(mail)
      world.settle()
    }
    return { world, release }
  }
  const told = (world: World) =>
    world.notices.flatMap(({ notice }) => (notice.kind === 'prediction' ? [[notice.request, notice.values] as const] : []))

  it.each(['left running', 'killed in between'])('is answered with the result, the sender %s', (how) => {
    for (const receiver of ['guest', 'host-b']) {
      const { world, release } = awaitingDone({ settings: { predictionReceiver: receiver } })
      expect(predict(world, receiver, 'request-1', [3, 0])).toBeNull()
      expect(predict(world, receiver, 'request-2', [5])).toBeNull()
      if (how === 'killed in between') world.restart('host-a')
      release()
      const values = new Map(told(world))
      closeTo(values.get('request-1') ?? null, expected(world, [3, 0]))
      closeTo(values.get('request-2') ?? null, expected(world, [5]))
      expect(predict(world, receiver, 'request-3', [1])).toHaveLength(1)
      expect(world.refusals).toEqual([])
    }
  })

  it('has the checks of later ones, and is kept a few times only', () => {
    const { world, release } = awaitingDone()
    const ask = (from: string, request: string, rows: number[]) => {
      const before = world.refusals.length
      world.forge({ from, to: 'host-a', step: 0, content: { kind: 'predict', body: { request, rows }, parts: [] } })
      return world.refusals[before]?.code ?? null
    }
    expect(ask('host-b', 'request-1', [1])).toBe('predict_not_receiver')
    expect(ask('guest', 'request-1', [70])).toBe('predict_unknown_row')
    expect(
      ask(
        'guest',
        'request-1',
        Array.from({ length: 701 }, () => 1),
      ),
    ).toBe('predict_quota')
    expect(ask('guest', 'request-1', [1])).toBeNull()
    expect(ask('guest', 'request-1', [2])).toBe('slr_equivocation')
    expect(['request-2', 'request-3', 'request-4'].map((request) => ask('guest', request, [2]))).toEqual([null, null, null])
    expect(ask('guest', 'request-5', [2])).toBe('slr_state')
    expect(ask('guest', 'request-4', [2])).toBeNull()
    release()
    const answered = world.sent.filter(({ from, content }) => from === 'host-a' && content.kind === 'predict-share')
    expect(answered.map(({ content }) => 'request' in content.body && content.body.request)).toEqual(
      [1, 2, 3, 4].map((i) => `request-${i}`),
    )
    expect(world.party('host-a')).toMatchObject({ phase: 'done', predictions: { rowsAsked: 4 } })
  })

  it('is refused while the run still moves', () => {
    const world = new World({ ...smallRun(), seed: 9 })
    for (const { name } of world.manifest.parties) world.send(name, { type: 'begin' })
    while (world.party('host-a').phase !== 'deciding') expect(world.step()).toBe(true)
    const content: Content<'predict'> = { kind: 'predict', body: { request: 'request-1', rows: [1] }, parts: [] }
    world.forge({ from: 'guest', to: 'host-a', step: 0, content })
    expect(world.refusals.at(-1)).toEqual({ party: 'host-a', code: 'slr_state' })
  })

  it.each(['guest', 'host-a', 'keys'])('comes however the mail goes: %s asks once it is done', (receiver) => {
    const run = smallRun({ features: [2, 1], labelFeatures: 2, rows: 70, settings: { predictionReceiver: receiver } })
    for (let seed = 0; seed < 6; seed += 1) {
      const world = new World({ ...run, seed, duplicates: true })
      for (const { name } of run.manifest.parties) world.send(name, { type: 'begin' })
      while (JSON.parse(world.rawState(receiver)).phase !== 'done') expect(world.step()).toBe(true)
      closeTo(predict(world, receiver, 'request-1', [8, 9]), expected(world, [8, 9]))
      // Shares answer a question, so none comes before the receiver's own result.
      expect(world.refusals).toEqual([])
    }
  })
})
