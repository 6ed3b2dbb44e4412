import type { Error as DriverError, SqlDriverAdapter, Transaction } from '@prisma/driver-adapter-utils'

/** What the main thread may ask of a connection, and of a transaction on it. */
export type ConnectionCall = keyof Pick<
  SqlDriverAdapter,
  'queryRaw' | 'executeRaw' | 'executeScript' | 'startTransaction' | 'dispose'
>
export type TransactionCall = keyof Pick<
  Transaction,
  'queryRaw' | 'executeRaw' | 'commit' | 'rollback' | 'createSavepoint' | 'rollbackToSavepoint' | 'releaseSavepoint'
>

export interface SqliteCall {
  id: number
  /** null: the connection itself. */
  transaction: number | null
  call: ConnectionCall | TransactionCall
  args: readonly unknown[]
}

/** `driver`: an error that the driver knows by its kind, as data; other errors keep their message only. */
export type SqliteAnswer =
  | { id: number; ok: true; value: unknown }
  | { id: number; ok: false; driver: DriverError | null; message: string }

/** The answer to startTransaction. */
export interface StartedTransaction {
  transaction: number
  options: Transaction['options']
}
