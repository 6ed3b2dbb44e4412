import type { DatabaseClient, DatabaseTransaction } from './database.ts'
import { retryOnContention } from './retry.ts'

/** Waiting for a turn is no failure: SQLite does one transaction at a time. */
const TRANSACTION = { maxWait: 30_000, timeout: 30_000 }

/** How every store works on the database: once more while somebody else is writing. */
export class Turns {
  readonly #client: DatabaseClient

  constructor(client: DatabaseClient) {
    this.#client = client
  }

  do<T>(work: (client: DatabaseClient) => Promise<T>): Promise<T> {
    return retryOnContention(() => work(this.#client))
  }

  /** All of it or nothing. */
  transaction<T>(work: (tx: DatabaseTransaction) => Promise<T>): Promise<T> {
    return this.do((client) => client.$transaction(work, TRANSACTION))
  }
}
