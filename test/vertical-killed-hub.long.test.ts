import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { smallVerticalRun } from './harness/small-vertical-tables.ts'
import { type Evidence, faultsOf, trainKilled, unkilled } from './harness/vertical-evidence.ts'
import { endAllProcesses } from './harness/vertical-processes.ts'

let calm: Evidence
beforeAll(async () => {
  calm = await trainKilled(smallVerticalRun)
}, 300_000)
afterEach(endAllProcesses)

// Dozens of starts: patience for a busy machine.
describe('a coordinator that is killed', { timeout: 1_800_000 }, () => {
  it('before and after each persist of a step loses no mail that it acknowledged, and nothing shows in the result', async () => {
    const killed = await trainKilled({
      ...smallVerticalRun,
      kills: {
        hub: [
          { persists: '^alignment: stores psi-final', most: 1 },
          // With the bytes of a message in their place it is as before the row that speaks of them.
          { persists: '^1: adopts', moments: ['before'] },
          { persists: '^1: stores' },
          // How far a receiver has read: for cleaning up alone.
          { persists: '^1: holds', most: 2 },
          { persists: '^2: stores open', most: 1 },
          { persists: '^2: stores published', most: 1 },
        ],
      },
    })
    expect(faultsOf(killed, calm)).toEqual([])
    const left = unkilled(killed.traces.hub, '1')
    expect(left.filter((kill) => !/^after 1: adopts|^\w+ 1: holds/.test(kill))).toEqual([])
    expect(killed.kills.hub).toBeGreaterThan(50)
    console.info(`${killed.kills.hub} kills in ${killed.seconds.toFixed(1)} s; undisturbed ${calm.seconds.toFixed(1)} s`)
  })
})
