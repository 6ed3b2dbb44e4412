import { type ErrorBody, type MessageBody, plainWords, TributaryError } from '@tributary/protocol'

/** Ended by another party: its code, for the catalogue's words, and what it wrote itself. */
export const abortedWith = (name: string, { code, message }: MessageBody<'abort'>): TributaryError =>
  endedBy(name, message.replace(/\.+$/, ''), code)

/** @param code null when who ended it named none */
export const endedBy = (name: string, reason: string, code: string | null): TributaryError =>
  new TributaryError('slr_aborted', { name, reason: plainWords(reason), ...(code === null ? {} : { code: plainWords(code) }) })

/** Ended from here: by the operator, or by the program because of an error. */
export const ownReason = (me: string, reason: string, error: ErrorBody | undefined): TributaryError =>
  error === undefined ? new TributaryError('slr_aborted', { name: me, reason }) : TributaryError.fromBody(error)
