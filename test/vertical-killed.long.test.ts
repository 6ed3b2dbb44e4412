import { afterEach, describe, expect, it } from 'vitest'
import { smallVerticalRun } from './harness/small-vertical-tables.ts'
import { faultsOf, partsPersisted, persistsOf, trainKilled, unkilled } from './harness/vertical-evidence.ts'
import { endAllProcesses } from './harness/vertical-processes.ts'

afterEach(endAllProcesses)

/** Everything that is persisted in step 1, from its key to its decision. */
const wholeStep = { persists: '^1: ' }
const closing = (what: string) => ({ persists: `^2: .*${what}`, most: 1 })

// Some hundred starts of processes: patience for a busy machine.
describe('key service and institutions as processes that are killed', { timeout: 1_800_000 }, () => {
  it('before and after each persist of a step, in the alignment and in the closing step: nothing shows in the result', async () => {
    const calm = await trainKilled(smallVerticalRun)
    expect(faultsOf(calm, calm)).toEqual([])
    expect(calm.kills).toEqual({ hub: 0, a: 0, b: 0, keys: 0 })

    const killed = await trainKilled({
      ...smallVerticalRun,
      kills: {
        a: [
          { persists: '^alignment: .*writes psi-set 2', most: 1 },
          wholeStep,
          closing('writes open'),
          closing('sets sealed_outcome'),
        ],
        b: [
          { persists: '^alignment: .*keeps psi-common', most: 1 },
          wholeStep,
          closing('writes open'),
          closing('sets sealed_outcome'),
        ],
        keys: [{ persists: '^alignment: .*takes ready', most: 1 }, wholeStep, closing('logs opening'), closing('logs ended')],
      },
    })
    expect(faultsOf(killed, calm)).toEqual([])
    for (const name of ['a', 'b', 'keys'] as const) {
      const traces = killed.traces[name]
      expect(unkilled(traces, '1')).toEqual([])
      // The start of each process persists something of its own, too.
      const parts = partsPersisted(traces, '1')
      expect([...partsPersisted(calm.traces[name], '1')].filter((part) => !parts.has(part))).toEqual([])
      expect(persistsOf(traces, '1').size).toBeGreaterThanOrEqual(persistsOf(calm.traces[name], '1').size)
      const phases = traces.flatMap((trace) => (trace.type === 'kill' ? [trace.label.split(':')[0]] : []))
      expect(new Set(phases)).toEqual(new Set(['alignment', '1', '2']))
    }
    const { a, b, keys } = killed.kills
    console.info(`${a} + ${b} + ${keys} kills in ${killed.seconds.toFixed(1)} s; undisturbed ${calm.seconds.toFixed(1)} s`)
  })
})
