import { TributaryError } from '@tributary/protocol'
import { expect, it } from 'vitest'
import { FailedSignIns } from './failed-sign-ins.ts'

const wrong = () => Promise.reject(new TributaryError('unauthenticated'))
const codeOf = (failures: FailedSignIns, address: string, signIn: () => Promise<unknown> = wrong) =>
  failures.guard(address, signIn).then(
    (value) => value,
    (error: unknown) => (error instanceof TributaryError ? error.code : 'broken'),
  )

it('counts the failures of each address, in windows of a minute', async () => {
  let now = 0
  const failures = new FailedSignIns(2, () => now)
  expect([await codeOf(failures, 'a'), await codeOf(failures, 'a')]).toEqual(['unauthenticated', 'unauthenticated'])
  now = 59_999
  expect(await codeOf(failures, 'b')).toBe('unauthenticated')
  await expect(failures.guard('a', wrong)).rejects.toMatchObject({ code: 'rate_limited', details: { limit: 2, retryAfter: 1 } })
  now = 60_000
  expect(await codeOf(failures, 'a')).toBe('unauthenticated')
  expect([await codeOf(failures, 'b'), await codeOf(failures, 'b')]).toEqual(['unauthenticated', 'rate_limited'])
})

it('lets a right token in, and counts neither it nor what is broken', async () => {
  const failures = new FailedSignIns(1, () => 0)
  for (let n = 0; n < 5; n += 1) {
    expect(await codeOf(failures, 'a', () => Promise.resolve('in'))).toBe('in')
    expect(await codeOf(failures, 'a', () => Promise.reject(new Error('the disk is gone')))).toBe('broken')
  }
  expect([await codeOf(failures, 'a'), await codeOf(failures, 'a')]).toEqual(['unauthenticated', 'rate_limited'])
  expect(await codeOf(failures, 'a', () => Promise.resolve('in'))).toBe('in')
})
