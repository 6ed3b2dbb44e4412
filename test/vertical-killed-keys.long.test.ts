import { cpSync, existsSync, rmSync } from 'node:fs'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { PartyDatabase } from '../packages/party/src/store/database.ts'
import { smallVerticalRun } from './harness/small-vertical-tables.ts'
import { type Evidence, faultsOf, trainKilled } from './harness/vertical-evidence.ts'
import { endAllProcesses, type ProcessName, type VerticalProcesses } from './harness/vertical-processes.ts'
import type { KillRule } from './processes/kill-plan.ts'

let calm: Evidence
beforeAll(async () => {
  calm = await trainKilled(smallVerticalRun)
}, 300_000)
afterEach(endAllProcesses)

/** Numbers that a party may still have opened, after its last opening. */
const quotaLeft = ({ audit }: Evidence, party: string): number =>
  audit.findLast(({ record }) => record.kind === 'opening' && record.party === party)?.record.quotaLeft ?? Number.NaN

/** Requests that the key service took, answered or not. */
const requestsOf = ({ traces }: Evidence, party: string): number => {
  const taken = new RegExp(`takes open \\d+ from ${party},`)
  return new Set(traces.keys.flatMap((trace) => (trace.type === 'persisted' && taken.test(trace.label) ? [trace.label] : [])))
    .size
}

describe('a step key that is lost while the key service is down', { timeout: 600_000 }, () => {
  it('is issued again under another name and not used again: the weights are the same, the quota counts both', async () => {
    let lost = 0
    const found = await trainKilled({
      ...smallVerticalRun,
      kills: {
        keys: [
          // A request is taken and not answered; in the closing step one party has its numbers.
          { persists: '^1: takes open', moments: ['after'], most: 1 },
          { persists: '^2: .*logs opening', moments: ['after'], most: 1 },
        ],
      },
      onDown: (name, world) => {
        const db = new PartyDatabase(world.folderOf(name))
        const keys = "FROM blobs WHERE name = 'secret-key'"
        if (db.blob(`SELECT sealed_bytes ${keys}`) !== null) lost += 1
        db.change(`DELETE ${keys}`)
        db.close()
      },
    })
    expect(lost).toBe(2)
    // More requests and messages than in a calm run, and nothing else.
    expect(faultsOf(found, calm)).toEqual(['another quota', 'other messages'])
    const of = (kind: string) => found.audit.flatMap(({ record }) => (record.kind === kind ? [record] : []))
    expect(of('reissued').map(({ step }) => step)).toEqual([1, 2])
    expect(of('keyed').map(({ step }) => step)).toEqual([0, 1, 1, 2, 2])
    expect(new Set(of('keyed').map(({ keyId }) => keyId)).size).toBe(5)
    const reissued = found.events.flatMap((event) =>
      event.type === 'vertical.published' && event.data.type === 'key.reissued' ? [event.data.keyId] : [],
    )
    // Step 0's, the first of step 1, its second, the first of step 2, its second.
    const keyIds = of('keyed').map(({ keyId }) => keyId)
    expect(reissued).toEqual([keyIds[2], keyIds[4]])
    // After a key is gone nothing is opened under it.
    for (const { seq, step, keyId } of of('opening')) {
      const issued = of('keyed').findLast((record) => record.step === step && record.seq < seq)
      expect(keyId).toBe(issued?.keyId)
    }
    for (const party of ['a', 'b']) {
      const allowed = quotaLeft(calm, party) + 2 * requestsOf(calm, party)
      expect(allowed).toBe(16)
      expect(quotaLeft(found, party)).toBe(allowed - 2 * requestsOf(found, party))
    }
    expect(requestsOf(found, 'a') + requestsOf(found, 'b')).toBeGreaterThanOrEqual(8)
  })
})

describe('what these tests look for is found', { timeout: 600_000 }, () => {
  /** A folder as it was at the first kill comes back at the second: a backup, or a store that loses what it said it had. */
  function restoredOnce() {
    return (name: ProcessName, world: VerticalProcesses): void => {
      const [folder, backup] = [world.folderOf(name), `${world.folderOf(name)}.backup`]
      const isFirst = !existsSync(backup)
      if (!isFirst) rmSync(folder, { recursive: true })
      cpSync(isFirst ? folder : backup, isFirst ? backup : folder, { recursive: true })
    }
  }
  const restoring = (name: ProcessName, before: string, after: string) => {
    const rule = (persists: string, moment: 'before' | 'after'): KillRule => ({ persists, moments: [moment], most: 1 })
    return trainKilled({
      ...smallVerticalRun,
      kills: { [name]: [rule(before, 'before'), rule(after, 'after')] },
      onDown: restoredOnce(),
    })
  }

  it('an institution that sends fresh randomness for what it has sent before', async () => {
    const faults = faultsOf(await restoring('a', '^1: writes u', '^1: marks u'), calm)
    expect(faults).toContain('it ended: aborted slr_equivocation')
    expect(faults).toContain('slr_equivocation')
  })

  it('a key service that opens again what it has answered', async () => {
    const faults = faultsOf(await restoring('keys', '^1: .*logs opening', '^1: marks opened'), calm)
    expect(faults).toContain('an opening is executed again after its answer')
    expect(faults).toContain('it ended: aborted slr_equivocation')
  })

  it('a weight that differs in its last bit, lost mail, a repeated answer, another quota', () => {
    const { outcomes, received, events, audit, sent } = calm
    const own = outcomes.a
    if (own == null) throw new Error('a has no outcome')
    const nudged = { ...outcomes, a: { ...own, weights: own.weights.map((weight) => weight * (1 + 2 ** -52)) } }
    const messages = events.filter(({ type }) => type === 'vertical.message')
    const [first] = messages
    const openings = audit.filter(({ record }) => record.kind === 'opening')
    const altered: [Partial<Evidence>, RegExp][] = [
      [{ outcomes: nudged }, /another outcome at a/],
      [{ received: received.slice(1) }, /never received/],
      [{ events: events.filter((event) => event !== first) }, /lost by the hub/],
      [{ events: [...events, ...messages.slice(0, 1)] }, /stored a message twice/],
      [{ sent: sent.slice(1) }, /never sent.*other messages|other messages/],
      [{ sent: sent.map((mail, index) => (index === 0 ? { ...mail, waits: 1 } : mail)) }, /never acknowledged/],
      [{ audit: [...audit, ...openings.slice(0, 1)] }, /answered twice/],
      [{ audit: audit.filter((entry) => entry !== openings[0]) }, /another quota/],
    ]
    for (const [change, fault] of altered) expect(faultsOf({ ...calm, ...change }, calm).join()).toMatch(fault)
    expect(faultsOf(calm, calm)).toEqual([])
  })
})
