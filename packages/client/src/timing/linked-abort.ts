export interface LinkedAbort {
  readonly controller: AbortController
  /** Lets go of the parent, so that a long-lived signal does not collect listeners. */
  unlink(): void
}

/** A controller that is aborted with its parent, and can be on its own. */
export function linkedAbort(parent: AbortSignal): LinkedAbort {
  const controller = new AbortController()
  const follow = () => controller.abort(parent.reason)
  if (parent.aborted) follow()
  else parent.addEventListener('abort', follow, { once: true })
  return { controller, unlink: () => parent.removeEventListener('abort', follow) }
}
