import type { RunId } from '@tributary/protocol'
import { expect, it } from 'vitest'
import type { FoldRequest } from '../aggregation/round-fold.ts'
import { FoldAhead } from './fold-ahead.ts'

const run = 'run_0123456789abcdef' as RunId
const request = (steps: number): FoldRequest => ({
  run,
  round: 1,
  tensors: [],
  steps: Array.from({ length: steps }, (_, n) => ({ participant: `p${n}`, sha256: `${n}`, file: `f${n}`, weight: 1 })),
})
const turn = () => new Promise((resolve) => setImmediate(resolve))

function thread() {
  const asked: number[] = []
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = []
  const errors: unknown[] = []
  const ahead = new FoldAhead(
    ({ steps }) => {
      asked.push(steps.length)
      return new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }))
    },
    (error) => errors.push(error),
  )
  const want = (...counts: number[]) => {
    for (const count of counts) ahead.want(run, () => request(count))
  }
  return { ahead, asked, waiting, errors, want }
}

it('asks once for all that came together, and once for all that came meanwhile', async () => {
  const { asked, waiting, want } = thread()
  want(1, 2, 3)
  await turn()
  expect(asked).toEqual([3])
  want(4)
  await turn()
  want(5)
  await turn()
  expect(asked).toEqual([3])
  waiting[0]?.resolve()
  await turn()
  expect(asked).toEqual([3, 5])
  waiting[1]?.resolve()
  await turn()
  want(6)
  await turn()
  expect(asked).toEqual([3, 5, 6])
})

it('leaves nothing under way or waiting when it has ended', async () => {
  const { ahead, asked, waiting, want } = thread()
  await ahead.end(run)
  want(1)
  await turn()
  want(2)
  let ended = false
  const end = ahead.end(run).then(() => {
    ended = true
  })
  await turn()
  expect(ended).toBe(false)
  waiting[0]?.resolve()
  await end
  await turn()
  expect(asked).toEqual([1])
  want(3)
  await ahead.end(run)
  expect(asked).toEqual([1])
})

it('asks for nothing when there is nothing to fold, and goes on after a failure', async () => {
  const { asked, waiting, errors, want } = thread()
  want(0)
  await turn()
  expect(asked).toEqual([])
  want(1)
  await turn()
  want(2)
  waiting[0]?.reject(new Error('thread died'))
  await turn()
  expect(asked).toEqual([1, 2])
  expect(errors).toEqual([new Error('thread died')])
})
