import { type ErrorCode, type ErrorDetails, TributaryError } from '@tributary/protocol'

/** True for a broken unique constraint of this model of the Prisma schema. */
export const isDuplicate = (error: unknown, model: string): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === 'P2002' &&
  'meta' in error &&
  (error.meta as { modelName?: unknown } | undefined)?.modelName === model

/** Runs a write; a duplicate of `model` becomes the refusal, everything else stays what it is. */
export async function refuseDuplicate<T>(
  model: string,
  code: ErrorCode,
  details: ErrorDetails,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write()
  } catch (error) {
    throw isDuplicate(error, model) ? new TributaryError(code, details, { cause: error }) : error
  }
}
