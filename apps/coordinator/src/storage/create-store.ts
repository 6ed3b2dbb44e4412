import { type DatabaseOptions, openDatabase } from './database.ts'
import { PrismaStore } from './prisma-store.ts'
import type { Store } from './store.ts'

/**
 * Opens the store: an SQLite file `tributary.db` in `dataDir` (one process may own it), or PostgreSQL by its URL.
 * @throws config_invalid, migration_edited; anything else means that the database cannot be reached
 */
export async function createStore(options: DatabaseOptions): Promise<Store> {
  return new PrismaStore(await openDatabase(options))
}
