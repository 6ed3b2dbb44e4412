import type { ChildMessage } from './messages.ts'

/** Set for a process that another of this program started; stays set when the parent is gone already. */
export const PARENT_VARIABLE = 'TRIBUTARY_PARENT'

/** True for a process that another of this program started. */
export const hasParent = (): boolean => process.env[PARENT_VARIABLE] !== undefined

/** Resolves when the parent has it, or there is none. */
export const tellParent = (message: ChildMessage): Promise<void> =>
  new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve()
    else process.send(message, undefined, undefined, () => resolve())
  })

/** Longest time that an orderly end may take once the parent is gone: nobody is left who would enforce it. */
const ORPHAN_MS = 3_000

/**
 * A signal that is aborted, with the cause, when this process should end: by SIGTERM; by Ctrl-C, unless a parent is there, which
 * then decides; and by the parent's end, however it ended.
 */
export function endOfProcess(): AbortSignal {
  const controller = new AbortController()
  process.once('SIGTERM', () => controller.abort('SIGTERM'))
  if (!hasParent()) {
    process.once('SIGINT', () => controller.abort('SIGINT'))
    return controller.signal
  }
  process.on('SIGINT', () => {})
  const orphaned = () => {
    controller.abort('the parent ended')
    setTimeout(() => process.exit(1), ORPHAN_MS).unref()
  }
  if (process.connected) process.once('disconnect', orphaned)
  else orphaned()
  return controller.signal
}
