import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Evaluator } from '../evaluation/evaluator.ts'
import type { RunCommit } from '../storage/store.ts'
import { type SmallRun, smallRun } from './testing/small-run.ts'
import { type Unsteady, unsteadyStore } from './testing/unsteady-store.ts'

let unsteady: Unsteady
let world: SmallRun
beforeEach(() => {
  unsteady = unsteadyStore()
})
afterEach(() => world.close())

const begin = async (...[seats, change, evaluator]: [number, Parameters<typeof smallRun>[2]?, Evaluator?]) => {
  world = await smallRun({ store: unsteady.over, ...(evaluator === undefined ? {} : { evaluator }) }, seats, change)
}
const ends = (phase: string) =>
  vi.waitFor(async () => expect((await world.now()).phase).toBe(phase), { timeout: 20_000, interval: 50 })
const answerAll = () => {
  for (const { answer } of world.seats) answer()
}
/** One of the institutions has answered, and that is durable. */
const firstAnswer = () =>
  new Promise<void>((resolve) => {
    unsteady.losesAnswer = ({ updates = [] }) => {
      if (updates.length > 0) resolve()
      return false
    }
    world.seats[0]?.answer()
  })
/** True once, for the first commit that is so. */
const firstThat = (isSo: (commit: RunCommit) => boolean) => {
  let done = false
  return (commit: RunCommit) => {
    const now = !done && isSo(commit)
    done ||= now
    return now
  }
}
const to =
  (...phases: string[]) =>
  ({ state }: RunCommit) =>
    state !== undefined && phases.includes(state.phase)

it.each([
  ['the sum', false],
  ['the sum, and the evaluation after it', true],
])('completes a run whose database goes away when %s is there', async (_, evaluates) => {
  const evaluator = { evaluate: async () => ({ accuracy: 0.5 }), close: async () => {} }
  const isDue = [firstThat(to('evaluating', 'completed')), firstThat(to('completed'))]
  unsteady.awayFor = (commit) => (isDue.some((isSo) => isSo(commit)) ? 500 : 0)
  await begin(2, {}, evaluates ? evaluator : undefined)
  answerAll()
  await ends('completed')
  expect((await world.now()).metrics).toEqual(evaluates ? { accuracy: 0.5 } : {})
})

it('fails a run, and leaves it not hanging, whose database goes away when its evaluation broke', async () => {
  const evaluator = { evaluate: () => Promise.reject(new Error('no memory')), close: async () => {} }
  const isFailure = firstThat(to('failed'))
  unsteady.awayFor = (commit) => (isFailure(commit) ? 500 : 0)
  await begin(1, {}, evaluator)
  answerAll()
  await ends('failed')
})

it('closes a round with its minimum whose deadline fell into an outage', async () => {
  await begin(2, { selection: { minimum: 1 }, deadlineSeconds: 2 })
  await firstAnswer()
  const isDue = firstThat(to('aggregating'))
  unsteady.awayFor = (commit) => (isDue(commit) ? 500 : 0)
  await ends('completed')
})

it.each(['training', 'aggregating', 'evaluating', 'completed'])(
  'goes on when the answer of the commit to %s was lost',
  async (phase) => {
    const evaluator = { evaluate: async () => ({}), close: async () => {} }
    unsteady.losesAnswer = firstThat(to(phase))
    await begin(2, {}, evaluator)
    answerAll()
    await ends('completed')
  },
)

it('goes on when every answer is lost, and the database is away after each', async () => {
  await begin(2, { rounds: 2 })
  unsteady.losesAnswer = () => {
    unsteady.away(150)
    return true
  }
  answerAll()
  await ends('completed')
})

it('does not wait for one who left in an outage', async () => {
  await begin(2, { selection: { minimum: 1 } })
  await firstAnswer()
  unsteady.away(500)
  expect(await world.seats[1]?.socket.emitWithAck('leave', { reason: 'goes home' })).toEqual({ ok: true })
  await ends('completed')
})
