import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { createStore } from './create-store.ts'
import { POSTGRES_TEST_VARIABLE, postgresTestSchema } from './postgres-test-schema.ts'
import { runStoreContract } from './store-contract.ts'

const server = process.env[POSTGRES_TEST_VARIABLE]

if (server !== undefined) {
  runStoreContract('PostgreSQL', async () => {
    const { databaseUrl, drop } = postgresTestSchema(server)
    const open = () => createStore({ databaseUrl, dataDir: tmpdir() })
    return { store: await open(), reopen: open, remove: drop }
  })

  describe('PostgreSQL', () => {
    it('lets several coordinators start on an empty database at once', async () => {
      const { databaseUrl, drop } = postgresTestSchema(server)
      const stores = await Promise.all([1, 2, 3, 4].map(() => createStore({ databaseUrl, dataDir: tmpdir() })))
      for (const store of stores) {
        expect(await store.federations()).toEqual([])
        await store.close()
      }
      await drop()
    })
  })
} else if (process.env.CI === 'true') {
  it('has a PostgreSQL server to test on', () => {
    expect.fail(`set ${POSTGRES_TEST_VARIABLE} to a PostgreSQL server`)
  })
} else {
  it.skip(`store on PostgreSQL: set ${POSTGRES_TEST_VARIABLE}=postgres://user@host/database to run these tests`, () => {})
}

it('refuses a database address that it cannot use, without repeating it', async () => {
  for (const databaseUrl of [
    'mysql://user:secret@host/db',
    'postgres://user:secret@host:port/db',
    'postgres://u@h/d?schema=a"b',
  ]) {
    const refusal = await createStore({ databaseUrl, dataDir: tmpdir() }).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'config_invalid' })
    expect(String(refusal)).not.toContain('secret')
  }
})
