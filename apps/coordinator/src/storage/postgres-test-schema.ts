import { randomBytes } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'

/** Names the server that PostgreSQL's tests use. */
export const POSTGRES_TEST_VARIABLE = 'TRIBUTARY_TEST_POSTGRES_URL'

/** A new schema on the server for tests: its URL, and how to take it away. */
export function postgresTestSchema(server: string): { databaseUrl: string; drop(): Promise<void> } {
  const schema = `test_${randomBytes(8).toString('hex')}`
  const url = new URL(server)
  url.searchParams.set('schema', schema)
  return {
    databaseUrl: url.href,
    async drop() {
      const connection = await new PrismaPg({ connectionString: server, max: 1 }).connect()
      try {
        await connection.executeScript(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
      } finally {
        await connection.dispose()
      }
    },
  }
}
