import { manifestSchema, type Published, verticalSettingsSchema } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { notConvergedLines, warnOfNotConverged } from './not-converged.ts'

const hash = 'ab'.repeat(32)
const runOf = (change: object) => {
  const settings = verticalSettingsSchema.parse(change)
  const party = (name: string, role: string, features: number) => ({ name, role, features, fingerprint: hash })
  const manifest = manifestSchema.parse({
    protocol: 'tributary-slr/1',
    runId: 'run_0123456789',
    parties: [party('a', 'feature', 5), party('b', 'label', 5), party('keys', 'key-service', 0)],
    settings,
    he: {
      ringDegree: 8192,
      plainModulus: '1099511480321',
      plainModulusBits: 40,
      primeBits: [60, 60, 60, 38],
      openingPrimes: 1,
      keysPerStep: 1,
    },
    rowsBound: 442,
  })
  return { settings, manifest, rows: 442 }
}
const ended = (change: object) =>
  ({
    type: 'ended',
    converged: false,
    f: 214,
    loss: 213,
    gradientRatio: 0.0031,
    steps: 2,
    head: { seq: 9, hash, signature: 's'.repeat(86) },
    ...change,
  }) as Extract<Published, { type: 'ended' }>

describe('a run that has not converged', () => {
  it('that used all its steps is told to allow more of them', () => {
    const text = notConvergedLines(runOf({ maxSteps: 3 }), ended({}), 'en').join('\n')
    expect(text).toContain('NOT CONVERGED')
    expect(text).toContain('3.1e-3')
    expect(text).toContain('slr_not_converged')
    expect(text).toContain('3 of 3 used; try --max-steps 40')
  })

  it('that had steps left, or can have no more, is told to take finer digits', () => {
    expect(notConvergedLines(runOf({}), ended({ steps: 10 }), 'en').join('\n')).toContain(
      '11 of 40 used; digits: --fx 14 --fu 14; try --fx 20 --fu 22',
    )
    expect(notConvergedLines(runOf({}), ended({ steps: 39 }), 'en').join('\n')).toContain('try --fx 20 --fu 22')
    expect(notConvergedLines(runOf({ fixedPoint: { fx: 24, fu: 26 } }), ended({}), 'zh').join('\n')).toMatch(/未收敛.*--fx 24/s)
  })

  it('is said on stderr; one that has converged, or was ended, says nothing', () => {
    let said = ''
    const stderr = { write: (text: string) => (said += text) }
    warnOfNotConverged(notConvergedLines(runOf({}), ended({ converged: true }), 'en'), stderr)
    warnOfNotConverged(notConvergedLines(runOf({}), null, 'en'), stderr)
    expect(said).toBe('')
    warnOfNotConverged(notConvergedLines(runOf({}), ended({}), 'en'), stderr)
    expect(said).toContain('NOT CONVERGED')
  })
})
