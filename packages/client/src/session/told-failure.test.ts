import { catalogue, type ErrorCode, type ErrorDetails, TributaryError } from '@tributary/protocol'
import { expect, it } from 'vitest'
import { taskOf } from '../testing/participant-fixture.ts'
import { toldFailure } from './told-failure.ts'

const CELL = '51234.5'
const told = (code: ErrorCode, details: ErrorDetails) => toldFailure(new TributaryError(code, details), taskOf())

it('tells of an error that is in no catalogue only that there is one', () => {
  expect(told('training_failed', { participant: CELL, reason: CELL })).toBe("the error stands in that institution's log alone")
})

it.each((Object.keys(catalogue) as ErrorCode[]).filter((code) => code !== 'training_failed'))(
  'tells nothing of the details of %s, and still whose failure it is and what to do',
  (code) => {
    const { party, cause, nextStep } = catalogue[code]
    const places = [cause.en, nextStep.en].flatMap((text) => text.match(/\{\w+\}/g) ?? []).map((place) => place.slice(1, -1))
    const text = told(code, Object.fromEntries(places.map((place) => [place, CELL])))
    expect(text).not.toContain(CELL)
    expect(text).not.toMatch(/[{}]/)
    expect(text.startsWith(`${code} (${party}): `)).toBe(true)
    expect(text.endsWith(nextStep.en.replace(/\{\w+\}/g, '…'))).toBe(true)
  },
)

it.each<[ErrorCode, ErrorDetails, string]>([
  ['storage_corrupt', { sha256: CELL }, `The blob ${taskOf().modelSha256} is missing`],
  ['update_not_finite', { tensor: 'dense1/kernel' }, 'Tensor dense1/kernel holds'],
  ['update_not_finite', { tensor: CELL }, 'Tensor … holds'],
  [
    'config_invalid',
    { setting: 'model.inputShape', reason: `the data have [${CELL}]` },
    'The setting model.inputShape is not usable: ….',
  ],
  ['config_invalid', { setting: CELL, reason: CELL }, 'The setting … is not usable: ….'],
])('repeats of %s only what the coordinator gave itself', (code, details, text) => {
  expect(told(code, details)).toContain(text)
  expect(told(code, details)).not.toContain(CELL)
})
