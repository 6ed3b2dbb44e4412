import type { PartyEvent } from '@tributary/party'
import { TributaryError } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { spoken } from './fingerprint.ts'
import { Lanes } from './lanes.ts'
import { manifestLines, schemeLine } from './manifest-lines.ts'
import { partyLines } from './party-lines.ts'
import { predictionCsv } from './predict.ts'
import { manifest } from './testing/manifest-fixture.ts'

const hash = 'ab'.repeat(32)
const head = { seq: 9, hash, signature: 's'.repeat(86) }
const run = 'run_0123456789'
describe('what people read', () => {
  it('names the parameters of encryption', () => {
    const line = schemeLine(manifest.he)
    for (const part of ['BFV', 'N = 8192', 't of 40 bits', '60·60·60·38 = 218 bits', '1 new key pair', '1 prime'])
      expect(line).toContain(part)
  })

  it('shows whole fingerprints before somebody approves', () => {
    const text = manifestLines(manifest, hash).join('\n')
    for (const { name, fingerprint } of manifest.parties) expect(text).toMatch(new RegExp(`${name} .*${fingerprint}`))
    expect(text).toContain('gd at rate 0.5')
    expect(text).toContain('the key service together with any other party')
  })

  const outcome = {
    converged: false,
    names: [],
    weights: [],
    means: [],
    deviations: [],
    dropped: [],
    intercept: null,
    labelDeviation: null,
    f: 213.49,
    loss: 213.17,
    steps: 11,
  }
  const events: [PartyEvent, string][] = [
    [{ type: 'registered', name: 'bank-a', fingerprint: hash }, hash],
    [{ type: 'notice', run, notice: { kind: 'aligned', rows: 442 } }, '442 common rows'],
    [{ type: 'notice', run, notice: { kind: 'leverage', row: 17, leverage: 0.58 } }, 'leverage 0.58'],
    [{ type: 'notice', run, notice: { kind: 'step', step: 3, f: 215.0377, closing: false } }, 'Step 3: f 215.0377'],
    [{ type: 'notice', run, notice: { kind: 'column_constant', columns: ['x3'] } }, 'x3'],
    [{ type: 'sent', run, peer: 'keys', kind: 'open', step: 3, bytes: 1536 }, 'masked, for opening, 1.5 kB, to keys'],
    [{ type: 'sent', run, peer: 'bank-b', kind: 'u', step: 3, bytes: 1536 }, 'encrypted, 1.5 kB, to bank-b'],
    [{ type: 'published', run, event: { type: 'step.closed', step: 3, f: 1, rho: 1, head } }, 'audit head 9 abababab'],
    [{ type: 'done', run, outcome }, 'not converged'],
    [{ type: 'ended', run, error: new TributaryError('slr_timeout', { name: 'bank-b', step: 3, seconds: 600 }) }, 'slr_timeout'],
    [
      {
        type: 'ended',
        run,
        error: new TributaryError('slr_aborted', { name: 'bank-b', code: 'slr_range', reason: 'too\u001b[1A large' }),
      },
      '(slr_range) “too [1A large”',
    ],
    [{ type: 'phase', run, phase: 'paused' }, 'paused'],
  ]
  it.each(events)('%j', (event, text) => {
    expect(partyLines(event, 'en').join('\n')).toContain(text)
  })

  it('does not tell of messages without rows', () => {
    expect(partyLines({ type: 'sent', run, peer: 'keys', kind: 'share', step: 3, bytes: 100 }, 'en')).toEqual([])
    expect(partyLines({ type: 'received', run, peer: 'keys', kind: 'd', step: 3, bytes: 100 }, 'en')).toEqual([])
  })

  it('reads a fingerprint out in groups of four', () => {
    expect(spoken(hash)).toEqual([1, 2, 3, 4].map((line) => `  ${line}  abab abab abab abab`))
  })

  it('sums up lanes of messages since the last look', () => {
    const lanes = new Lanes()
    const message = { kind: 'open', from: 'bank-a', to: 'keys', step: 1, bytes: 1200, sha256: hash } as const
    lanes.add(message)
    lanes.add({ ...message, from: 'bank-b' })
    lanes.add({ ...message, kind: 'u', to: 'bank-b' })
    lanes.add({ ...message, kind: 'share' })
    expect(lanes.take()).toBe('u bank-a→bank-b 1.2 kB, open 2 parties→keys 2.4 kB')
    expect(lanes.take()).toBe('')
  })

  it('writes predictions as CSV with ids quoted where they must be', () => {
    const predictions = [
      { row: 0, id: 'a,"b"', value: 0.5 },
      { row: 7, id: null, value: -1 },
    ]
    expect(predictionCsv(predictions)).toBe('row,id,prediction\n0,"a,""b""",0.5\n7,,-1\n')
  })
})
