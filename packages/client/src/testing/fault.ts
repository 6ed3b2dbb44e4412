import type { TributaryError } from '@tributary/protocol'

/** What goes wrong once, with the next call of this method to a path that has this in it. */
export interface Fault {
  readonly method: string
  readonly path: string
  /** Take or send so many bytes of the body, then destroy the connection. */
  readonly cutAfter?: number
  readonly refuse?: TributaryError
  readonly retryAfter?: number
  /** Answer with this, whatever it is. */
  readonly answer?: { status: number; body: string }
  /** Send other bytes than were asked for. */
  readonly corrupt?: boolean
  /** Do it, but destroy the connection instead of answering. */
  readonly swallowAnswer?: boolean
}

/** The fault that is due with this call; it is spent. */
export function takeFault(faults: Fault[], method: string, path: string): Fault | undefined {
  const index = faults.findIndex((fault) => fault.method === method && path.includes(fault.path))
  return index < 0 ? undefined : faults.splice(index, 1)[0]
}
