import { Worker } from 'node:worker_threads'
import type { PrismaLibSql } from '@prisma/adapter-libsql'
import {
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlDriverAdapterFactory,
  type SqlQuery,
  type SqlResultSet,
  type Transaction,
} from '@prisma/driver-adapter-utils'
import type { SqliteAnswer, SqliteCall, StartedTransaction } from './sqlite-thread-messages.ts'

const ADAPTER = { provider: 'sqlite', adapterName: '@prisma/adapter-libsql' } as const

/** As PrismaLibSql for a file, each connection in a thread of its own: no query and no sync of the disk stops the event loop. */
export class ThreadedSqlite implements SqlDriverAdapterFactory {
  readonly provider = ADAPTER.provider
  readonly adapterName = ADAPTER.adapterName
  readonly #config: ConstructorParameters<typeof PrismaLibSql>[0]

  constructor(config: ConstructorParameters<typeof PrismaLibSql>[0]) {
    this.#config = config
  }

  async connect(): Promise<SqlDriverAdapter> {
    const thread = new SqliteThread(this.#config)
    const onConnection = (call: SqliteCall['call'], ...args: unknown[]) => thread.ask(null, call, args)
    return {
      ...ADAPTER,
      queryRaw: async (query: SqlQuery) => (await onConnection('queryRaw', query)) as SqlResultSet,
      executeRaw: async (query: SqlQuery) => (await onConnection('executeRaw', query)) as number,
      executeScript: async (script) => void (await onConnection('executeScript', script)),
      startTransaction: async (level) =>
        transactionOf(thread, (await onConnection('startTransaction', level)) as StartedTransaction),
      dispose: async () => {
        try {
          await onConnection('dispose')
        } finally {
          await thread.end()
        }
      },
    }
  }
}

function transactionOf(thread: SqliteThread, { transaction, options }: StartedTransaction): Transaction {
  const ask = (call: SqliteCall['call'], ...args: unknown[]) => thread.ask(transaction, call, args)
  return {
    ...ADAPTER,
    options,
    queryRaw: async (query: SqlQuery) => (await ask('queryRaw', query)) as SqlResultSet,
    executeRaw: async (query: SqlQuery) => (await ask('executeRaw', query)) as number,
    commit: async () => void (await ask('commit')),
    rollback: async () => void (await ask('rollback')),
    createSavepoint: async (name) => void (await ask('createSavepoint', name)),
    rollbackToSavepoint: async (name) => void (await ask('rollbackToSavepoint', name)),
    releaseSavepoint: async (name) => void (await ask('releaseSavepoint', name)),
  }
}

interface Waiting {
  resolve: (value: unknown) => void
  reject: (error: Error) => void
}

/** The main thread's end: questions by number, answers in any order. */
class SqliteThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #last = 0
  #ended: Error | null = null

  constructor(config: unknown) {
    this.#worker = new Worker(new URL('./sqlite-thread.ts', import.meta.url), { workerData: config })
    this.#worker.on('message', (answer: SqliteAnswer) => this.#answered(answer))
    this.#worker.on('error', (error) => this.#over(error))
    this.#worker.on('exit', () => this.#over(new Error('the database thread ended')))
    // A program that only forgot to close its store may end, but not before it has its answers.
    this.#worker.unref()
  }

  ask(transaction: number | null, call: SqliteCall['call'], args: readonly unknown[]): Promise<unknown> {
    if (this.#ended !== null) return Promise.reject(this.#ended)
    this.#last += 1
    const id = this.#last
    return new Promise((resolve, reject) => {
      if (this.#waiting.size === 0) this.#worker.ref()
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage({ id, transaction, call, args } satisfies SqliteCall)
    })
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #answered(answer: SqliteAnswer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if (this.#waiting.size === 0) this.#worker.unref()
    if (answer.ok) waiting?.resolve(answer.value)
    else waiting?.reject(answer.driver === null ? new Error(answer.message) : new DriverAdapterError(answer.driver))
  }

  #over(error: Error): void {
    this.#ended ??= error
    for (const { reject } of this.#waiting.values()) reject(this.#ended)
    this.#waiting.clear()
  }
}
