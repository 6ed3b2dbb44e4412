import util from 'node:util'

/** The backend that the environment asks for, unchecked. */
export const requestedBackend = (): string | undefined => process.env.TRIBUTARY_BACKEND || undefined

/**
 * Loads native TensorFlow, which then is registered as the backend `tensorflow`. It is an optional dependency: its package may be
 * there without its library. One thread each: one process per core is faster than one process with two threads.
 * @returns why it cannot be used, or null
 */
export async function loadNative(): Promise<string | null> {
  process.env.TF_NUM_INTRAOP_THREADS ??= '1'
  process.env.TF_NUM_INTEROP_THREADS ??= '1'
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
  // tfjs-node calls this on every tensor it makes; Node 22 prints a warning for it and Node 24 has it no more.
  Object.assign(util, { isNullOrUndefined: (value: unknown) => value === null || value === undefined })
  // Not a literal: its types would add chained operators to all tensors, which exist only where it is loaded.
  const specifier: string = '@tensorflow/tfjs-node'
  try {
    await import(specifier)
    return null
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error)
  }
}
