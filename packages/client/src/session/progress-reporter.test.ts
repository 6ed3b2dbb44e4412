import type { Progress } from '@tributary/protocol'
import { expect, it } from 'vitest'
import { progressReporter } from './progress-reporter.ts'

const said: readonly [at: number, phase: Progress['phase'], fraction: number][] = [
  [0, 'downloading', 0],
  [100, 'downloading', 1],
  [200, 'training', 0.1],
  [900, 'training', 0.5],
  [1_250, 'training', 0.9],
  [1_300, 'uploading', 0],
  [1_400, 'uploading', 0.5],
  [2_600, 'uploading', 1],
]

it.each<[string, boolean, string[]]>([
  ['at most one in a second', false, ['downloading 0', 'training 0.9', 'uploading 1']],
  ['and the first of each phase', true, ['downloading 0', 'training 0.1', 'training 0.9', 'uploading 0', 'uploading 1']],
])('%s', (_, eachPhase, expected) => {
  let now = 0
  const passed: string[] = []
  const clock = { now: () => now, random: () => 0, sleep: () => Promise.resolve() }
  const report = progressReporter(clock, ({ phase, fraction }) => passed.push(`${phase} ${fraction}`), eachPhase)
  for (const [at, phase, fraction] of said) {
    now = at
    report({ run: 'run_00000001' as Progress['run'], round: 1, phase, fraction, samplesPerSecond: null, loss: null })
  }
  expect(passed).toEqual(expected)
})
