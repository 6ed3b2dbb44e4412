import type { ClientEvent } from '@tributary/client'
import { federationIdSchema, participantIdSchema, runIdSchema, TributaryError } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { eventLine } from './event-lines.ts'

const run = runIdSchema.parse('run_00000000')
const me = {
  participant: participantIdSchema.parse('par_00000000'),
  name: 'north',
  federation: federationIdSchema.parse('fed_00000000'),
}

describe('eventLine', () => {
  it('says what happened, and errors in the language asked for', () => {
    const refused: ClientEvent = {
      type: 'refused',
      run,
      round: 2,
      error: new TributaryError('participant_excluded', { reason: 'x' }),
    }
    expect(eventLine({ type: 'connected', ...me }, 'en')).toBe('Connected as north; waiting for rounds.')
    expect(eventLine(refused, 'en')).toContain('An admin excluded this participant')
    expect(eventLine(refused, 'zh')).toContain('管理员已移出')
    expect(eventLine({ type: 'disconnected', reason: 'transport close', retryInSeconds: 0.5 }, 'en')).toContain('0.5 s')
  })

  it('leaves progress to the bar', () => {
    const progress = { run, round: 1, phase: 'training' as const, fraction: 0.5, samplesPerSecond: 10, loss: null }
    expect(eventLine({ type: 'progress', progress }, 'en')).toBeNull()
  })
})
