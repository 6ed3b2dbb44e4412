import { encodeModel, type ModelConfig } from '@tributary/protocol'
import { expect, it } from 'vitest'
import { describeOn, useBackend } from '../testing/backends.ts'
import { initial, largestDifference, run, syntheticExamples, trainingConfig } from '../testing/examples.ts'

const lenet: ModelConfig = { name: 'lenet', inputShape: [28, 28, 1], outputs: 10 }

await describeOn(['wasm'], 'on WASM', (use) => {
  it('fifty steps end in the same bytes each time', async () => {
    await use()
    const options = {
      model: lenet,
      parameters: initial(lenet),
      data: syntheticExamples(lenet, 500, 1),
      training: trainingConfig(),
      form: 'parameters',
      seed: 7,
    } as const
    const hashes = [await run(options), await run(options)].map(({ tensors }) => encodeModel(tensors).sha256)
    expect(hashes[1]).toBe(hashes[0])
    // Pinned: the same on every machine and engine with WASM SIMD, and from version to version.
    expect(hashes[0]).toBe('b676ab27850f696acdb0045ada56be05cab105b904d2bc8da1d18b5e7cc4d23d')
  })

  it('timers and sockets get their turn, and progress is reported in measure', async () => {
    await use()
    let turns = 0
    const timer = setInterval(() => {
      turns += 1
    }, 5)
    const before = process.cpuUsage()
    const { progress, seconds } = await run({
      model: lenet,
      parameters: initial(lenet),
      data: syntheticExamples(lenet, 600, 1),
      training: trainingConfig({ epochs: 3 }),
      form: 'parameters',
      seed: 1,
    })
    const { user, system } = process.cpuUsage(before)
    clearInterval(timer)
    // One turn for each slice of 50 ms, with some slack; in CPU time, as a standstill of the process gives nobody a turn.
    expect(turns).toBeGreaterThan((user + system) / 1000 / 200)
    expect(progress.filter(({ batch, batches }) => batch === batches)).toHaveLength(3)
    expect(progress.length).toBeLessThanOrEqual(3 + seconds * 4 + 1)
    expect(progress.map(({ samples }) => samples)).toEqual(progress.map(({ samples }) => samples).toSorted((a, b) => a - b))
    expect(progress.every(({ loss, samplesPerSecond }) => (loss === null || loss > 0) && samplesPerSecond > 0)).toBe(true)
  })
})

await describeOn(['wasm', 'native'], 'against plain JavaScript', (use) => {
  it('twenty steps of LeNet end within 1e-5', async () => {
    const options = {
      model: lenet,
      parameters: initial(lenet),
      data: syntheticExamples(lenet, 40, 1),
      training: trainingConfig({ batchSize: 2 }),
      form: 'parameters',
      seed: 7,
    } as const
    await useBackend('cpu')
    const plain = await run(options)
    await use()
    const fast = await run(options)
    expect(largestDifference(fast.tensors, plain.tensors)).toBeLessThan(1e-5)
    expect(largestDifference(plain.tensors, options.parameters)).toBeGreaterThan(1e-2)
  }, 120_000)
})
