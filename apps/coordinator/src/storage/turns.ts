import type { DatabaseClient, DatabaseTransaction } from './database.ts'
import { retryOnContention } from './retry.ts'

/** Waiting for a turn is no failure: SQLite does one transaction at a time. */
const TRANSACTION = { maxWait: 30_000, timeout: 30_000 }

/** How every store works on the database: once more while somebody else is writing, and not at all once it is closed. */
export class Turns {
  readonly #client: DatabaseClient
  readonly #underWay = new Set<Promise<unknown>>()
  #closed = false

  constructor(client: DatabaseClient) {
    this.#client = client
  }

  /** @throws Error when the store is closed: Prisma would connect again, and keep the file open */
  async do<T>(work: (client: DatabaseClient) => Promise<T>): Promise<T> {
    if (this.#closed) throw new Error('the store is closed')
    const doing = retryOnContention(() => work(this.#client))
    this.#underWay.add(doing)
    try {
      return await doing
    } finally {
      this.#underWay.delete(doing)
    }
  }

  /** All of it or nothing. */
  transaction<T>(work: (tx: DatabaseTransaction) => Promise<T>): Promise<T> {
    return this.do((client) => client.$transaction(work, TRANSACTION))
  }

  /** Takes nothing more; what is under way is done when it resolves. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#underWay)
    await this.#client.$disconnect()
  }
}
