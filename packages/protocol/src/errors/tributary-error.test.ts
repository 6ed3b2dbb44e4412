import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { errorBodySchema, describe as inWords, isErrorCode, TributaryError } from './tributary-error.ts'

describe('TributaryError', () => {
  it('is an Error with the English text, its details and its cause', () => {
    const cause = new Error('disk')
    const error = new TributaryError('update_wrong_round', { actual: 3, expected: 4 }, { cause })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'TributaryError', code: 'update_wrong_round', status: 422, retryable: false, cause })
    expect(error.message).toBe('The update names round 3, it was sent to round 4.')
    expect(error.toBody('zh').message).toBe('更新属于第 3 轮，却发往第 4 轮。')
  })

  it('has a body that fits its schema', () => {
    expect(
      errorBodySchema.parse(new TributaryError('rate_limited', { limit: 5, window: '1 min', retryAfter: 3 }).toBody()),
    ).toEqual({
      code: 'rate_limited',
      message: 'Too many calls; the limit is 5 in 1 min.',
      nextStep: 'Wait 3 s and go on; the SDK does this by itself.',
      retryable: true,
      party: 'institution',
      phase: 'any',
      details: { limit: 5, window: '1 min', retryAfter: 3 },
    })
  })

  it('reads "?" for a detail that is missing, and writes lists and objects out', () => {
    expect(inWords('invite_expired').message).toBe('This invite expired at ?.')
    expect(inWords('bad_request', { issues: ['name: too long', 'rounds: missing'] }).message).toContain(
      'name: too long, rounds: missing',
    )
    expect(inWords('invite_expired', { expiresAt: null }).message).toBe('This invite expired at ?.')
    expect(inWords('data_invalid', { file: 'a.csv', row: 0, column: 'age', reason: 'false' }).message).toBe(
      'a.csv, row 0, column age: false.',
    )
  })

  it('becomes unexpected where this version does not know the code, and says what came', () => {
    const body = {
      ...new TributaryError('unavailable').toBody(),
      code: 'quota_exceeded',
      message: 'Too much.',
      details: { limit: 3 },
    }
    expect(TributaryError.fromBody(body)).toMatchObject({
      code: 'unexpected',
      details: { limit: 3, reason: 'quota_exceeded: Too much.' },
    })
    // Names that every object has are no codes.
    for (const code of ['toString', 'constructor', '__proto__']) {
      expect(isErrorCode(code)).toBe(false)
      expect(TributaryError.fromBody({ ...body, code }).code).toBe('unexpected')
    }
  })

  it('becomes unexpected where the answer is no error body', () => {
    for (const body of [
      null,
      undefined,
      'Bad Gateway',
      [],
      { code: 'unavailable' },
      { ...new TributaryError('unavailable').toBody(), details: 3 },
    ])
      expect(TributaryError.fromBody(body)).toMatchObject({ code: 'unexpected', retryable: false })
  })

  it('survives any details that JSON can carry', () => {
    // An object whose toString is not a function cannot be made a string.
    const detail = fc.oneof(fc.jsonValue(), fc.constant({ toString: 1 }), fc.constant([{ toString: null, valueOf: 0 }]))
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('round', 'state', 'current', 'other'), detail), (details) => {
        const error = TributaryError.fromBody({ ...new TributaryError('round_not_open').toBody(), details })
        expect(error.code).toBe('round_not_open')
        expect(error.message).toMatch(/^Round .* takes no updates/s)
      }),
      { numRuns: 300, seed: 1 },
    )
  })
})
