import { TributaryError } from '@tributary/protocol'

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'this process may not read it',
  EPERM: 'this process may not read it',
  EISDIR: 'it is a folder',
  Z_BUF_ERROR: 'its gzip data end too early',
  Z_DATA_ERROR: 'its gzip data are damaged',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text',
}

/** The `data_unreadable` error of a failed read; errors that have a code of the catalogue stay as they are. */
export function unreadable(file: string, error: unknown): TributaryError {
  if (error instanceof TributaryError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = reasons[code] ?? (error instanceof Error ? error.message : String(error))
  return new TributaryError('data_unreadable', { file, reason }, { cause: error })
}
