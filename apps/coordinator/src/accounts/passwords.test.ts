import { expect, it } from 'vitest'
import { chosenPassword, Passwords, requireGoodPassword } from './passwords.ts'

const passwords = new Passwords()

it('hashes by argon2id with the parameters that OWASP asks for, each time with another salt', async () => {
  const [one, two] = await Promise.all([passwords.hash('correct horse'), passwords.hash('correct horse')])
  for (const hash of [one, two]) expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
  expect(one).not.toBe(two)
  expect(await passwords.verify(one, 'correct horse')).toBe(true)
  expect(await passwords.verify(one, 'correct horsf')).toBe(false)
})

it('takes a password however its letters are composed', async () => {
  const hash = await passwords.hash('mot de passe tr\u00e8s long')
  expect(await passwords.verify(hash, 'mot de passe tre\u0300s long')).toBe(true)
})

it('takes as long for a name that nobody has, and never says yes', async () => {
  const hash = await passwords.hash('correct horse')
  const times = { known: [] as number[], unknown: [] as number[] }
  for (let n = 0; n < 8; n += 1)
    for (const [kind, stored] of [
      ['known', hash],
      ['unknown', null],
    ] as const) {
      const before = process.cpuUsage()
      expect(await passwords.verify(stored, 'another one')).toBe(false)
      const { user, system } = process.cpuUsage(before)
      times[kind].push(user + system)
    }
  const median = (list: number[]) => [...list].sort((a, b) => a - b)[4] ?? 0
  // Both do the same work; what a loaded machine adds is far less than the factor between a hash and none.
  expect(median(times.unknown) / median(times.known)).toBeGreaterThan(0.4)
  expect(median(times.unknown) / median(times.known)).toBeLessThan(2.5)
})

it('keeps the loop alive, and refuses for a moment rather than pile up', async () => {
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  }, 1)
  const results = await Promise.allSettled(Array.from({ length: 80 }, () => passwords.hash('x')))
  clearInterval(timer)
  expect(turns).toBeGreaterThan(20)
  const refused = results.filter((result) => result.status === 'rejected')
  expect(refused).toHaveLength(80 - 2 - 64)
  for (const { reason } of refused) expect(reason).toMatchObject({ code: 'unavailable' })
  expect(await passwords.verify(await passwords.hash('y'), 'y')).toBe(true)
})

it('asks for length and not for kinds of letters', () => {
  for (const good of ['correct horse', 'twelve chars', '一二三四五六七八九十百千', 'aaaaaaaaaaab', 'li.wei is my name'])
    expect(() => requireGoodPassword(good, 'li.wei'), good).not.toThrow()
  for (const weak of [
    'eleven char',
    '一二三四五六七八九十百',
    'Li.Wei',
    'li.weili.weili.wei',
    'aaaaaaaaaaaa',
    'abcabcabcabc',
    '            ',
  ])
    expect(() => requireGoodPassword(weak, 'li.wei'), weak).toThrow(
      expect.objectContaining({ code: 'password_weak', details: { minimum: 12 } }),
    )
  expect(() => requireGoodPassword('Administrator', 'administrator')).toThrow()
})

it('chooses passwords that are good and never the same', () => {
  const chosen = Array.from({ length: 200 }, chosenPassword)
  expect(new Set(chosen).size).toBe(200)
  for (const password of chosen) requireGoodPassword(password, 'admin')
})
