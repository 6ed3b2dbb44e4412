import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningCoordinator, startCoordinator } from '@tributary/coordinator'
import { routes, type UserWithPassword } from '@tributary/protocol'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createProgram } from '../program.ts'

let folder: string
let coordinator: RunningCoordinator
let tokenFile: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-users-'))
  coordinator = await startCoordinator({ host: '127.0.0.1', port: 0, dataDir: folder, logLevel: 'silent', accounts: {} })
  tokenFile = join(folder, 'token')
  writeFileSync(tokenFile, `${coordinator.adminToken}\n`)
  const headers = { authorization: `Bearer ${coordinator.adminToken}`, 'content-type': 'application/json' }
  await fetch(coordinator.url + routes.federations, { method: 'POST', headers, body: JSON.stringify({ name: 'hospitals' }) })
})
afterAll(async () => {
  await coordinator.close()
  rmSync(folder, { recursive: true })
})

/** Runs a command line; its JSON result. */
async function run<Result>(...words: string[]): Promise<Result> {
  const lines: string[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0)
  try {
    const program = createProgram({ finish: () => {} })
    await program.parseAsync(['user', ...words, '--url', coordinator.url, '--token-file', tokenFile, '--json'], { from: 'user' })
  } finally {
    write.mockRestore()
  }
  return JSON.parse(lines.at(-1) ?? '') as Result
}
const signIn = async (name: string, password: string | null): Promise<number> => {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(coordinator.url + routes.session, {
    method: 'POST',
    headers,
    body: JSON.stringify({ name, password }),
  })
  return answer.status
}

it('creates, lists, disables, enables and gives a fresh password', async () => {
  const created = await run<UserWithPassword>('create', 'Li.Wei', '--role', 'researcher')
  expect(created).toMatchObject({ name: 'li.wei', role: 'researcher', mustChangePassword: true })
  expect(await signIn('li.wei', created.password)).toBe(200)
  const chief = await run<UserWithPassword>('create', 'chief', '--role', 'admin', '--whole-coordinator')
  expect(chief.federation).toBeNull()
  expect((await run<UserWithPassword[]>('list')).map(({ name }) => name)).toEqual(['chief', 'li.wei'])
  expect(await run('disable', 'LI.WEI')).toMatchObject({ state: 'disabled', password: null })
  expect(await signIn('li.wei', created.password)).toBe(403)
  expect(await run('enable', created.account)).toMatchObject({ state: 'active' })
  const { password } = await run<UserWithPassword>('reset-password', 'li.wei')
  expect(password).not.toBe(created.password)
  expect([await signIn('li.wei', created.password), await signIn('li.wei', password)]).toEqual([401, 200])
})

it('says what is not there', async () => {
  await expect(run('disable', 'nobody')).rejects.toMatchObject({ code: 'not_found' })
  await expect(run('create', 'x', '--role', 'institution', '--participant', 'nobody')).rejects.toMatchObject({
    code: 'not_found',
  })
  await expect(run('create', 'x', '--role', 'researcher', '--sso-email', 'x@example.org')).rejects.toMatchObject({
    code: 'not_found',
  })
})
