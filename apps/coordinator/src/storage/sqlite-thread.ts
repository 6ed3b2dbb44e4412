import { parentPort, workerData } from 'node:worker_threads'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { type IsolationLevel, isDriverAdapterError, type SqlDriverAdapter, type Transaction } from '@prisma/driver-adapter-utils'
import type { SqliteAnswer, SqliteCall, StartedTransaction } from './sqlite-thread-messages.ts'

/** Entry of a thread that holds one connection to an SQLite file: its driver blocks, also while the disk syncs. */
const connection = new PrismaLibSql(workerData as ConstructorParameters<typeof PrismaLibSql>[0]).connect()
// The first call reports a failure; until then it must not count as unhandled.
connection.catch(() => {})
const transactions = new Map<number, Transaction>()
let lastTransaction = 0

type Method = (...args: unknown[]) => Promise<unknown>

async function perform({ transaction, call, args }: SqliteCall): Promise<unknown> {
  const database: SqlDriverAdapter = await connection
  if (call === 'startTransaction') {
    const [level] = args as [IsolationLevel?]
    const started = await database.startTransaction(level)
    lastTransaction += 1
    transactions.set(lastTransaction, started)
    return { transaction: lastTransaction, options: started.options } satisfies StartedTransaction
  }
  const target = transaction === null ? database : transactions.get(transaction)
  if (target === undefined) throw new Error(`there is no transaction ${transaction}`)
  if (transaction !== null && (call === 'commit' || call === 'rollback')) transactions.delete(transaction)
  const method = (target as unknown as Record<string, Method | undefined>)[call]
  if (method === undefined) throw new Error(`the driver knows no ${call}`)
  return method.apply(target, [...args])
}

async function answer(call: SqliteCall): Promise<SqliteAnswer> {
  const { id } = call
  try {
    return { id, ok: true, value: await perform(call) }
  } catch (error) {
    return { id, ok: false, driver: isDriverAdapterError(error) ? error.cause : null, message: (error as Error).message }
  }
}

parentPort?.on('message', (call: SqliteCall) => {
  void answer(call).then((message) => parentPort?.postMessage(message))
})
