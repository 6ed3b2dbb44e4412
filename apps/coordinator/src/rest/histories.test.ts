import type { RunId } from '@tributary/protocol'
import { expect, it } from 'vitest'
import { Histories } from './histories.ts'

const run = (n: number) => `run_${String(n).padStart(16, '0')}` as RunId

it('reads what is new once, one reader after the other, and begins anew after a failure', async () => {
  let head = 2
  let isBroken = false
  const reads: string[] = []
  const histories = new Histories<number[]>(async (_, before = []) => {
    reads.push(`${before.length}-${head}`)
    await Promise.resolve()
    if (isBroken) throw new Error('no disk')
    return [...before, ...Array.from({ length: head - before.length }, (_, n) => before.length + n)]
  })
  const [a, b] = await Promise.all([histories.read(run(1)), histories.read(run(1))])
  expect([a, b]).toEqual([
    [0, 1],
    [0, 1],
  ])
  head = 3
  expect(await histories.read(run(1))).toEqual([0, 1, 2])
  expect(a).toEqual([0, 1])
  isBroken = true
  await expect(histories.read(run(1))).rejects.toThrow('no disk')
  isBroken = false
  expect(await histories.read(run(1))).toEqual([0, 1, 2])
  expect(reads).toEqual(['0-2', '2-2', '2-3', '3-3', '0-3'])
})

it('keeps those that were used last', async () => {
  const begun: RunId[] = []
  const histories = new Histories<boolean>(async (id, before) => {
    if (before === undefined) begun.push(id)
    return true
  })
  for (let n = 0; n < 16; n += 1) await histories.read(run(n))
  await histories.read(run(0))
  await histories.read(run(16))
  begun.length = 0
  await histories.read(run(0))
  await histories.read(run(1))
  expect(begun).toEqual([run(1)])
})
